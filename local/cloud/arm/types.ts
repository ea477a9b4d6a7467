export const GROUP_TYPE = 'Microsoft.Resources/resourceGroups';
export const ACCOUNT_TYPE = 'Microsoft.CognitiveServices/accounts';
export const WORKSPACE_TYPE = 'Microsoft.Databricks/workspaces';
