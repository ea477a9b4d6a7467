// What people named in `participants` get on the workspace of a lab, and nowhere else: enough for the portal's "Launch Workspace" to enrol them.
// https://learn.microsoft.com/azure/databricks/admin/#what-are-workspace-admins
targetScope = 'subscription'

param name string
@description('Installation whose role it is.')
param owner string
param assignableScopes array

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: name
  properties: {
    roleName: 'LLMOps lab participant (${owner}) in ${subscription().subscriptionId}'
    description: 'Launches the Databricks workspace of one lab. Made by azd, removed by azd down.'
    type: 'CustomRole'
    assignableScopes: assignableScopes
    permissions: [
      {
        actions: [
          'Microsoft.Databricks/workspaces/read'
          'Microsoft.Databricks/workspaces/assignWorkspaceAdmin/action'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}
