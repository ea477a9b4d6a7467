// Lets the app give and take one role, the participants', and no other: the condition is checked by Azure at every assignment.
// https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
targetScope = 'subscription'

@description('Installation whose role it is.')
param owner string
param principalId string
@description('GUID of the one role that may be given.')
param participantRole string

var here = subscription().id
var write = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${participantRole}}))'
var delete = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${participantRole}}))'

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, owner, 'llmops-lab-access')
  properties: {
    roleName: 'LLMOps lab access (${owner}) in ${subscription().subscriptionId}'
    description: 'Lets the LLMOps lab app admit participants to workspaces. Made by azd, removed by azd down.'
    type: 'CustomRole'
    assignableScopes: [here]
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/roleAssignments/read'
          'Microsoft.Authorization/roleAssignments/write'
          'Microsoft.Authorization/roleAssignments/delete'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(here, principalId, role.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
    condition: '${write} AND ${delete}'
    conditionVersion: '2.0'
  }
}
