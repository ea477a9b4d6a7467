// Durable Task Scheduler: keeps the orchestrations instead of Azure Storage, and has a dashboard of its own.
param name string
@description('Name of the task hub: the one that host.json names.')
param hubName string
param location string
param tags object
@description('Identity that runs orchestrations on it.')
param principalId string
@description('Who looks at its dashboard. Empty: nobody.')
param viewerId string

// Durable Task Data Contributor: https://learn.microsoft.com/azure/azure-functions/durable/durable-task-scheduler/durable-task-scheduler-identity
var durableTaskDataContributor = '0ad04412-c4d5-4796-b79c-f76d14c8d402'

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'Consumption' }
    // Flex Consumption has no fixed outgoing addresses; every call needs a token of an identity with a role.
    ipAllowlist: ['0.0.0.0/0']
  }
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: hubName
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scheduler.id, principalId, durableTaskDataContributor)
  scope: scheduler
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', durableTaskDataContributor)
  }
}

// The report of a lab is the output of an orchestration, and goes when that is purged. Said here, because it is the longest on this SKU; a dedicated one keeps 90 days.
// https://learn.microsoft.com/azure/azure-functions/durable/durable-task-scheduler/durable-task-scheduler-dedicated-sku
// https://learn.microsoft.com/azure/durable-task/scheduler/durable-task-scheduler-auto-purge
resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [{ retentionPeriodInDays: 30 }]
  }
}

// https://learn.microsoft.com/azure/durable-task/scheduler/durable-task-scheduler-dashboard#assign-dashboard-access-roles-azure
resource view 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(viewerId)) {
  name: guid(scheduler.id, viewerId, durableTaskDataContributor)
  scope: scheduler
  properties: {
    principalId: viewerId
    principalType: 'User'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', durableTaskDataContributor)
  }
}

output endpoint string = scheduler.properties.endpoint
