// With rights `group`: the role in the one resource group that labs are built in. The group is the owner's; azd neither makes nor deletes it.
@description('Installation whose role it is.')
param owner string
param principalId string

// Made by lab-rights.bicep. Its id is computed again: an output of that module, which is one for each subscription, cannot be read from here.
var roleDefinitionId = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  guid(subscription().id, owner, 'llmops-lab-group')
)

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, roleDefinitionId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}
