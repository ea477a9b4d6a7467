/** The KQL language service, narrowed to what the tests ask of it. It is .NET code compiled to scripts that put their classes on the global object. */
import { createRequire } from 'node:module';

type List<T> = { Count: number; getItem: (index: number) => T };
type Table = { WithName: (name: string) => Table };
type Kusto = {
  Language: {
    KustoCode: {
      ParseAndAnalyze: (
        text: string,
        globals: unknown,
      ) => {
        GetDiagnostics: () => List<{ Severity: string; Message: string }>;
        ResultType: { Columns: List<{ Name: string; Type: { Name: string } }> } | null;
      };
    };
    GlobalState: { Default: { WithDatabase: (database: unknown) => unknown } };
    Symbols: {
      TableSymbol: { From: (columns: string) => Table };
      DatabaseSymbol: { $ctor2: new (name: string, alternateName: string | null, members: Table[]) => unknown };
    };
  };
};

const load = createRequire(import.meta.url);
load('@kusto/language-service-next/bridge.min.js');
load('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { Language } = (globalThis as unknown as { Kusto: Kusto }).Kusto;

/** The columns of `traces` that are of use here. https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces */
const TRACES =
  '(timestamp:datetime, message:string, severityLevel:int, itemType:string, customDimensions:dynamic, operation_Id:string, operation_Name:string, cloud_RoleName:string, cloud_RoleInstance:string, itemCount:int)';

const { DatabaseSymbol, TableSymbol } = Language.Symbols;
const globals = Language.GlobalState.Default.WithDatabase(
  new DatabaseSymbol.$ctor2('insights', null, [TableSymbol.From(TRACES).WithName('traces')]),
);

const items = <T>(list: List<T>): T[] => Array.from({ length: list.Count }, (_, index) => list.getItem(index));

/** Faults of a query, and its result's columns as `name:type`. */
export function analyse(text: string): { faults: string[]; columns: string[] } {
  const code = Language.KustoCode.ParseAndAnalyze(text, globals);
  return {
    faults: items(code.GetDiagnostics()).map((it) => `${it.Severity}: ${it.Message}`),
    columns: code.ResultType === null ? [] : items(code.ResultType.Columns).map((it) => `${it.Name}:${it.Type.Name}`),
  };
}
