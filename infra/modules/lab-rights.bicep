// What the app may do in a subscription in which it builds labs. One role definition whose content follows the mode: an assignment cannot change its role,
// but a role can change what it allows, so that switching the mode leaves nothing behind.
//
// 1. Nothing here lets the app assign a role: the one data action for chat completions stands in the role instead.
// 2. `*/read` is part of the right to delete: a group is listed before it goes, and what the list hides would go with it.
// 3. A workspace admits as administrator who may read it and holds `assignWorkspaceAdmin` on it: the first login of the identity.
targetScope = 'subscription'

@description('Installation whose roles these are: part of their ids and of their names, which are unique in a whole tenant.')
param owner string
@allowed(['subscription', 'group'])
param rights string
param principalId string

var here = subscription().id
var suffix = '(${owner}) in ${subscription().subscriptionId}'

// Quota, catalogue and its own rights before anything is created; soft-deleted accounts, whose purge is granted at subscription scope only.
// https://learn.microsoft.com/azure/ai-services/recover-purge-resources
var lookAndPurge = [
  'Microsoft.Authorization/permissions/read'
  'Microsoft.CognitiveServices/checkDomainAvailability/action'
  'Microsoft.CognitiveServices/deletedAccounts/read'
  'Microsoft.CognitiveServices/locations/*/read'
  'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete'
  'Microsoft.Compute/locations/usages/read'
  'Microsoft.Compute/skus/read'
  'Microsoft.Databricks/locations/*/read'
  'Microsoft.Resources/subscriptions/read'
  'Microsoft.Resources/subscriptions/providers/read'
  'Microsoft.Resources/subscriptions/resourceGroups/read'
  'Microsoft.Resources/subscriptions/resources/read'
]

// A workspace comes with a second group that Databricks fills, so that creating one takes the right to create groups.
// https://learn.microsoft.com/azure/databricks/getting-started/free-trial#permissions
var managedGroup = ['Microsoft.Resources/subscriptions/resourceGroups/write']

var ownGroups = ['Microsoft.Resources/subscriptions/resourceGroups/delete']

var register = [
  'Microsoft.CognitiveServices/register/action'
  'Microsoft.Compute/register/action'
  'Microsoft.Databricks/register/action'
  'Microsoft.ManagedIdentity/register/action'
  'Microsoft.Network/register/action'
  'Microsoft.Storage/register/action'
]

var build = [
  '*/read'
  'Microsoft.CognitiveServices/accounts/write'
  'Microsoft.CognitiveServices/accounts/delete'
  'Microsoft.CognitiveServices/accounts/listKeys/action'
  'Microsoft.CognitiveServices/accounts/deployments/write'
  'Microsoft.CognitiveServices/accounts/deployments/delete'
  'Microsoft.Databricks/accessConnectors/*'
  'Microsoft.Databricks/workspaces/*'
  'Microsoft.Resources/deployments/read'
  'Microsoft.Resources/deployments/validate/action'
  'Microsoft.Resources/deployments/write'
]

var chat = ['Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action']

var dedicated = rights == 'subscription'

resource subscriptionRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, owner, 'llmops-lab')
  properties: {
    roleName: 'LLMOps lab ${suffix}'
    description: 'What the LLMOps lab app may do in this subscription. Made by azd, removed by azd down.'
    type: 'CustomRole'
    assignableScopes: [here]
    permissions: [
      {
        actions: union(lookAndPurge, managedGroup, dedicated ? union(ownGroups, register, build) : [])
        notActions: []
        dataActions: dedicated ? chat : []
        notDataActions: []
      }
    ]
  }
}

resource groupRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!dedicated) {
  name: guid(here, owner, 'llmops-lab-group')
  properties: {
    roleName: 'LLMOps lab group ${suffix}'
    description: 'What the LLMOps lab app may do in the resource group of its labs. Made by azd, removed by azd down.'
    type: 'CustomRole'
    assignableScopes: [here]
    permissions: [
      {
        actions: build
        notActions: []
        dataActions: chat
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(here, principalId, subscriptionRole.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionRole.id
  }
}
