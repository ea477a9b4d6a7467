// The URLs of the Durable extension's API, as its client binding and its answers name them (BindingHelper.cs, HttpApiHandler.cs).

const reasoned = ['terminate', 'suspend', 'resume', 'rewind'];

export const hubQuery = (hubName: string, systemKey: string): string =>
  `taskHub=${hubName}&connection=Storage&code=${systemKey}`;

/** By name; `{eventName}` and `{text}` stand for what the caller fills in. */
export const managementUrls = (base: string, id: string, query: string): Record<string, string> => {
  const instance = `${base}/instances/${encodeURIComponent(id)}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    ...Object.fromEntries(reasoned.map((name) => [`${name}PostUri`, `${instance}/${name}?reason={text}&${query}`])),
  };
};

/** The value of a durable client binding: one JSON text. */
export const clientBinding = (hubName: string, systemKey: string, webhookBase: string, rpcBaseUrl: string): string => {
  const query = hubQuery(hubName, systemKey);
  const create = `${webhookBase}/orchestrators/{functionName}[/{instanceId}]`;
  return JSON.stringify({
    taskHubName: hubName,
    connectionName: 'Storage',
    creationUrls: {
      createNewInstancePostUri: `${create}?${query}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
    },
    managementUrls: managementUrls(webhookBase, 'INSTANCEID', query),
    baseUrl: webhookBase,
    requiredQueryStringParameters: `code=${systemKey}`,
    rpcBaseUrl,
  });
};
