// A thin host for Microsoft's Durable extension: it runs orchestrations and activities by asking a language worker over loopback HTTP, as the
// Functions host asks its Node worker over gRPC. Everything Durable is the extension's own code.
//
// Environment
//   WORKER_URL       base URL of the worker: GET functions -> [{ name, kind }]; POST invoke/{kind}/{name} with the trigger's text as body
//   HOST_JSON        the app's host.json, as text
//   WEBHOOK_URL      base URL under which callers reach the extension's HTTP API: {WEBHOOK_URL}/runtime/webhooks/durabletask
//   AzureWebJobsStorage, WEBSITE_CURRENT_STAMPNAME and RoleInstanceId (the worker's name in the task hub), and whatever host.json names
// It prints one line when it is ready: `ready {"port":…,"client":"…"}`; /runtime/webhooks/durabletask is served on that port. It ends when its
// standard input is closed.
using System.Net;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Host.Config;
using Microsoft.Azure.WebJobs.Host.Executors;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

var functions = JArray.Parse(await Worker.Http.GetStringAsync("functions"));

var builder = WebApplication.CreateBuilder();
builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
builder.Logging.AddFilter((category, level) => (category ?? "").Split('.')[0] switch
{
    "Host" => level >= LogLevel.Warning && category != "Host.Results",
    "Function" => false, // The worker has said it.
    _ => level >= LogLevel.Error,
});
builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
builder.Configuration.AddInMemoryCollection(HostJson.Flattened(Environment.GetEnvironmentVariable("HOST_JSON")!));
builder.Host.ConfigureWebJobs(webJobs => webJobs.AddAzureStorageCoreServices().AddDurableTask());
builder.Services.AddSingleton<ITypeLocator>(new Emitted(functions));
builder.Services.AddSingleton<IHostIdProvider, HostId>();
#pragma warning disable CS0618 // The extension asks for it, and there is no other.
builder.Services.AddSingleton<IWebHookProvider, WebHooks>();
#pragma warning restore CS0618

var app = builder.Build();
var api = app.Services.GetServices<IExtensionConfigProvider>().OfType<IAsyncConverter<HttpRequestMessage, HttpResponseMessage>>().Single();
app.Map("/runtime/webhooks/durabletask/{**rest}", (HttpContext context) => Forward.ToExtension(api, context));
await app.StartAsync();
await app.Services.GetRequiredService<IJobHost>().CallAsync($"{nameof(ClientText)}.{nameof(ClientText.Read)}");
var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
Console.WriteLine($"ready {JsonConvert.SerializeObject(new { port = new Uri(address).Port, client = ClientText.Value })}");
while (await Console.In.ReadLineAsync() is not null) { }
// Whoever has ended may have taken the storage along, which a stop would wait for without end.
await Task.WhenAny(app.StopAsync(), Task.Delay(TimeSpan.FromSeconds(20)));
Environment.Exit(0);

/// <summary>Calls of the language worker.</summary>
public static class Worker
{
    public static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 })
    {
        BaseAddress = new Uri(Environment.GetEnvironmentVariable("WORKER_URL")!),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Runs one function. A failure of the function is an exception in the words in which the Functions host reports a worker's (RpcException.cs).</summary>
    public static async Task<object?> Invoke(string kind, string name, string? input)
    {
        using var response = await Http.PostAsync($"invoke/{kind}/{Uri.EscapeDataString(name)}", input is null ? null : new StringContent(input));
        var answer = await response.Content.ReadAsStringAsync();
        // Dates stay text, as in the Functions host (ScriptHost's JSON settings); otherwise 05.220Z becomes 05.22Z.
        var (type, value) = (response.Headers.TryGetValues("x-type", out var types) ? types.Single() : "", answer);
        return (response.StatusCode, type) switch
        {
            (HttpStatusCode.OK, "string") => value,
            (HttpStatusCode.OK, "json") => JsonConvert.DeserializeObject(value, new JsonSerializerSettings { DateParseHandling = DateParseHandling.None }),
            (HttpStatusCode.OK, "int") => long.Parse(value),
            (HttpStatusCode.OK, "double") => double.Parse(value),
            (HttpStatusCode.OK, "bytes") => Convert.FromBase64String(value),
            (HttpStatusCode.OK, _) => null,
            _ => throw new Exception(value),
        };
    }
}

/// <summary>One static method for each function, in the shape that the extension takes for another process's: one parameter that is a string.</summary>
public sealed class Emitted : ITypeLocator
{
    private readonly Type type;

    public Emitted(JArray functions)
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("functions"), AssemblyBuilderAccess.Run).DefineDynamicModule("functions");
        var builder = module.DefineType("Functions", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        foreach (var function in functions)
            Define(builder, (string)function["kind"]!, (string)function["name"]!);
        type = builder.CreateType();
    }

    public IReadOnlyList<Type> GetTypes() => [type, typeof(ClientText)];

    private static void Define(TypeBuilder builder, string kind, string name)
    {
        var method = builder.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(Task<object>), [typeof(string)]);
        var trigger = kind == "orchestration" ? typeof(OrchestrationTriggerAttribute) : typeof(ActivityTriggerAttribute);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(FunctionNameAttribute).GetConstructor([typeof(string)])!, [name]));
        method.DefineParameter(1, ParameterAttributes.None, "context")
            .SetCustomAttribute(new CustomAttributeBuilder(trigger.GetConstructor([])!, []));
        var code = method.GetILGenerator();
        code.Emit(OpCodes.Ldstr, kind);
        code.Emit(OpCodes.Ldstr, name);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(Worker).GetMethod(nameof(Worker.Invoke))!);
        code.Emit(OpCodes.Ret);
    }
}

/// <summary>The value of a durable client binding, as the extension makes it for other languages.</summary>
public static class ClientText
{
    public static string? Value { get; private set; }

    [NoAutomaticTrigger]
    public static void Read([DurableClient] string client) => Value = client;
}

public sealed class HostId : IHostIdProvider
{
    public Task<string> GetHostIdAsync(CancellationToken cancellationToken) => Task.FromResult("extension-host");
}

#pragma warning disable CS0618
public sealed class WebHooks : IWebHookProvider
#pragma warning restore CS0618
{
    public Uri GetUrl(IExtensionConfigProvider extension) =>
        new($"{Environment.GetEnvironmentVariable("WEBHOOK_URL")}/runtime/webhooks/durabletask?code={Environment.GetEnvironmentVariable("SYSTEM_KEY")}");
}

public static class Forward
{
    public static async Task ToExtension(IAsyncConverter<HttpRequestMessage, HttpResponseMessage> api, HttpContext context)
    {
        var (incoming, outgoing) = (context.Request, context.Response);
        var target = $"{incoming.Scheme}://{incoming.Host}{incoming.Path.ToUriComponent()}{incoming.QueryString}";
        using var request = new HttpRequestMessage(new HttpMethod(incoming.Method), target);
        using var body = new MemoryStream();
        await incoming.Body.CopyToAsync(body);
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in incoming.Headers)
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
        using var answer = await api.ConvertAsync(request, context.RequestAborted);
        outgoing.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            outgoing.Headers[name] = values.ToArray();
        outgoing.Headers.Remove("transfer-encoding");
        await answer.Content.CopyToAsync(outgoing.Body);
    }
}

public static class HostJson
{
    /// <summary>host.json as configuration keys below AzureWebJobs, where the extensions look for their options.</summary>
    public static Dictionary<string, string?> Flattened(string text)
    {
        var values = JObject.Parse(text).Descendants().OfType<JValue>();
        return values.ToDictionary(value => $"AzureWebJobs:{value.Path.Replace('.', ':').Replace("[", ":").Replace("]", "")}", value => (string?)value.ToString());
    }
}
