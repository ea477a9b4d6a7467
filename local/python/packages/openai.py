"""The `openai` package of the simulated kernel: AzureOpenAI and OpenAI, chat completions only, with the package's own checks, exceptions and retries.

https://github.com/openai/openai-python
"""

import json
import os
import time
from urllib.parse import quote

from simulated import ask, refuse

DEFAULT_MAX_RETRIES = 2
DEFAULT_TIMEOUT = 600


class OpenAIError(Exception):
    pass


class APIError(OpenAIError):
    def __init__(self, message, code=None):
        super().__init__(message)
        self.message = message
        self.code = code


class APIConnectionError(APIError):
    pass


class APITimeoutError(APIConnectionError):
    pass


class APIStatusError(APIError):
    def __init__(self, status, text):
        try:
            error = json.loads(text)["error"]
            message, code = error.get("message", text), error.get("code")
        except (ValueError, KeyError, TypeError, AttributeError):
            # A gateway's page stays as it is.
            message, code = text, None
        super().__init__(f"Error code: {status} - {message}", code)
        self.status_code = status


class BadRequestError(APIStatusError):
    pass


class AuthenticationError(APIStatusError):
    pass


class PermissionDeniedError(APIStatusError):
    pass


class NotFoundError(APIStatusError):
    pass


class ConflictError(APIStatusError):
    pass


class UnprocessableEntityError(APIStatusError):
    pass


class RateLimitError(APIStatusError):
    pass


class InternalServerError(APIStatusError):
    pass


STATUS_ERRORS = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


class BaseModel:
    """A JSON object with attributes, as the package's models are."""

    def __init__(self, fields):
        self._fields = fields
        for name, value in fields.items():
            setattr(self, name, model_of(name, value))

    def model_dump(self):
        return self._fields

    to_dict = model_dump

    def model_dump_json(self, indent=None):
        separators = (",", ":") if indent is None else None
        return json.dumps(self._fields, indent=indent, ensure_ascii=False, separators=separators)

    def __repr__(self):
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({fields})"


class ChatCompletion(BaseModel):
    pass


class Choice(BaseModel):
    logprobs = None


class ChatCompletionMessage(BaseModel):
    refusal = annotations = audio = function_call = tool_calls = None


class CompletionUsage(BaseModel):
    completion_tokens_details = prompt_tokens_details = None


MODELS = {"choices": Choice, "message": ChatCompletionMessage, "usage": CompletionUsage}


def model_of(name, value):
    if isinstance(value, list):
        return [model_of(name, item) for item in value]
    return MODELS.get(name, BaseModel)(value) if isinstance(value, dict) else value


class Completions:
    def __init__(self, client):
        self._client = client

    def create(self, **arguments):
        if not {"messages", "model"} <= arguments.keys():
            raise TypeError(
                "Missing required arguments; Expected either ('messages' and 'model') or ('messages', 'model' and 'stream') arguments to be given"
            )
        if arguments.get("stream"):
            refuse("streamed completions")
        for name in ("extra_headers", "extra_query", "extra_body", "timeout"):
            if name in arguments:
                refuse(f"chat.completions.create with {name}")
        return ChatCompletion(self._client._post(arguments["model"], arguments))


class Chat:
    def __init__(self, client):
        self.completions = Completions(client)


class Client:
    """What both clients do: a POST with the package's retries. Subclasses have `_url(model)` and `_headers`."""

    def __init__(self, timeout, max_retries, unsupported):
        for name in unsupported:
            if name not in self._unsupported:
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
            refuse(f"{type(self).__name__} with {name}")
        self.timeout = DEFAULT_TIMEOUT if timeout is None else timeout
        self.max_retries = max_retries
        self.chat = Chat(self)

    _unsupported = ("organization", "project", "default_headers", "default_query", "http_client", "webhook_secret", "websocket_base_url")

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        refuse(f"{type(self).__name__}.{name}")

    def _post(self, model, body):
        request = {
            "ask": "http",
            "url": self._url(model),
            "headers": {**self._headers, "content-type": "application/json", "user-agent": f"{type(self).__name__}/Python {__version__}"},
            "body": json.dumps(body),
            "timeoutMs": self.timeout * 1000,
        }
        for attempt in range(self.max_retries + 1):
            is_last = attempt == self.max_retries
            answer = ask(request)
            status = answer.get("status")
            if status is None:
                if is_last:
                    raise APIConnectionError("Connection error.")
                time.sleep(0.5 * 2**attempt)
                continue
            if status < 300:
                try:
                    return json.loads(answer["text"])
                except ValueError:
                    raise APIError("The response is not valid JSON.") from None
            is_retried = status in (408, 409, 429) or status >= 500
            if is_last or not is_retried:
                error = InternalServerError if status >= 500 else STATUS_ERRORS.get(status, APIStatusError)
                raise error(status, answer["text"])
            after = seconds_of(answer["headers"].get("retry-after"))
            time.sleep(after if 0 < after <= 60 else 0.5 * 2**attempt)


def seconds_of(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0


class AzureOpenAI(Client):
    def __init__(
        self,
        *,
        api_version=None,
        azure_endpoint=None,
        azure_deployment=None,
        api_key=None,
        azure_ad_token=None,
        azure_ad_token_provider=None,
        timeout=None,
        max_retries=DEFAULT_MAX_RETRIES,
        **unsupported,
    ):
        super().__init__(timeout, max_retries, unsupported)
        key = api_key or os.environ.get("AZURE_OPENAI_API_KEY")
        token = azure_ad_token or os.environ.get("AZURE_OPENAI_AD_TOKEN")
        if azure_ad_token_provider is not None:
            refuse("AzureOpenAI with azure_ad_token_provider")
        if key is None and token is None:
            raise OpenAIError(
                "Missing credentials. Please pass one of `api_key`, `azure_ad_token`, `azure_ad_token_provider`, or the `AZURE_OPENAI_API_KEY` or `AZURE_OPENAI_AD_TOKEN` environment variables."
            )
        version = api_version or os.environ.get("OPENAI_API_VERSION")
        if version is None:
            raise ValueError("Must provide either the `api_version` argument or the `OPENAI_API_VERSION` environment variable")
        endpoint = azure_endpoint or os.environ.get("AZURE_OPENAI_ENDPOINT")
        if endpoint is None:
            raise ValueError(
                "Must provide one of the `base_url` or `azure_endpoint` arguments, or the `AZURE_OPENAI_ENDPOINT` environment variable"
            )
        self._headers = {"authorization": f"Bearer {token}"} if key is None else {"api-key": key}
        self._endpoint, self._version, self._deployment = endpoint.rstrip("/"), version, azure_deployment

    def _url(self, model):
        deployment = quote(self._deployment or model, safe="")
        return f"{self._endpoint}/openai/deployments/{deployment}/chat/completions?api-version={quote(self._version, safe='')}"


class OpenAI(Client):
    def __init__(self, *, api_key=None, base_url=None, timeout=None, max_retries=DEFAULT_MAX_RETRIES, **unsupported):
        super().__init__(timeout, max_retries, unsupported)
        key = api_key or os.environ.get("OPENAI_API_KEY")
        if key is None:
            raise OpenAIError("Missing credentials. Please pass an `api_key`, or set the `OPENAI_API_KEY` environment variable.")
        base = base_url or os.environ.get("OPENAI_BASE_URL")
        if base is None:
            refuse("calls to api.openai.com")
        self._headers = {"authorization": f"Bearer {key}"}
        self._base = base.rstrip("/")

    def _url(self, model):
        return f"{self._base}/chat/completions"


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(f"module 'openai' has no attribute '{name}'")
    refuse(f"openai.{name}")
