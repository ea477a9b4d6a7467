// One deployment of the app: its own resource group with everything in it, and the rights that its identity needs to build labs.
//
// 1. No key to anything in Azure: storage, telemetry, scheduler and labs are reached with one user-assigned identity.
// 2. The app's own resources never carry the tags of labs: those are what the sweep goes by.
// 3. Every app setting that the code reads is set here, in `labSettings`, and nowhere else. Settings of others are kept.
// 4. A parameter may be empty and then has its default: a variable of azd that is set to nothing reaches the template as an empty text.
targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment; the names of all resources derive from it.')
param environmentName string

@minLength(1)
@description('Region of the app itself. Labs go to the regions of `labRegions`.')
@metadata({ azd: { type: 'location' } })
param location string

@allowed(['', 'subscription', 'group'])
@description('Where the app may create labs: `subscription`, the default, for one that is dedicated to labs, `group` for one resource group of a shared subscription.')
param rights string = ''

@description('With rights `group`: the existing resource group that labs are built in.')
param labResourceGroup string = ''

@allowed(['', 'azureStorage', 'durableTaskScheduler'])
@description('What keeps the orchestrations: the app\'s storage account, `azureStorage`, the default, or a Durable Task Scheduler of its own. The package has the host.json that goes with it.')
param durableBackend string = ''

@allowed(['', '22', '24'])
@description('Major version of Node.js; 22 by default.')
param nodeVersion string = ''

@allowed(['', 'true', 'false'])
@description('`true`, the default: one instance for orchestrations is always ready. `false`: they wait for a cold start, and nothing is paid while nothing runs.')
param alwaysReady string = ''

@description('Client id of the app registration that people sign in with. Empty: sign-in is left as it is, on or off.')
param signInClientId string = ''

@description('Who deploys: azd fills it in.')
param deployerId string = ''

@description('`User` or `ServicePrincipal`: azd fills it in.')
param deployerType string = ''

@description('Address that alerts are mailed to. Without one they show in the portal only.')
param alertEmail string = ''

@description('Name of this installation: the tag value that guards everything which is not its own. Never change it while labs live.')
param installation string = ''

@description('Subscription that labs are built in; by default the app\'s own.')
param labSubscriptionId string = ''

@description('With rights `subscription`: further subscriptions that a request may name, separated by commas. The app gets the same rights in each.')
param allowedSubscriptionIds string = ''

@description('Regions in which labs may be placed, in order of preference.')
param labRegions string = 'eastus2,northcentralus,swedencentral,switzerlandwest,switzerlandnorth'

@description('Minutes that a lab may live without its orchestration renewing the lease.')
param leaseMinutes string = '90'

@description('Minutes before its end at which a lab warns.')
param warnMinutes string = '10'

@description('Where prices are read when a lab starts, such as https://prices.azure.com; empty: the list prices of the app.')
param pricesEndpoint string = ''

@description('When the sweep runs: an NCRONTAB expression.')
param sweepSchedule string = '0 */5 * * * *'

@description('`true`: the sweep judges and logs, and ends nothing.')
param sweepDryRun string = 'false'

@description('Days that the report of an ended lab is kept.')
param reportRetentionDays string = '365'

@description('App role whose holders see and end everybody\'s labs, where App Service Authentication is on.')
param adminRole string = 'Lab.Admin'

@description('Labs that one owner may have at once. 0: no limit.')
param ownerMaxLabs string = '10'

@description('Labs that one owner may start in 24 hours. 0: no limit.')
param ownerMaxStartsPerDay string = '50'

@description('US dollars that the budgets of the labs which one owner starts in 24 hours may sum up to. 0: no limit.')
param ownerMaxUsdPerDay string = '500'

@description('Timeout of every outgoing call.')
param callTimeoutSeconds string = '60'

@description('Scope of the second token that a principal needs for its first login to a Databricks workspace.')
param databricksManagementScope string = ''

@description('Accounts and workspaces that requests may bring, by their ids or those of their groups, separated by commas. `*`: all that the app may use. Empty: none.')
param lentResourceIds string = ''

@secure()
@description('Key that signs the tags of labs. The hook before provisioning makes it, and keeps it in the azd environment.')
param tagKey string = ''

@secure()
@description('The key before it, after a rotation.')
param tagKeyPrevious string = ''

@description('Since when the key before is replaced, ISO time in UTC: it verifies for 76 hours from then.')
param tagKeyReplacedAt string = ''

@allowed(['', 'false', 'true'])
@description('`true`: labs may let people into their workspace. The app may then assign one role, made for that and worth nothing elsewhere.')
param participants string = ''

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
  application: 'llmops-lab'
}

// The app asks for tokens of the public cloud and links to its portal.
var resourceManager = environment().name == 'AzureCloud'
  ? environment().resourceManager
  : fail('This app runs in the public Azure cloud alone, not in ${environment().name}.')

var byGroup = rights == 'group'
var byScheduler = durableBackend == 'durableTaskScheduler'
var admitsPeople = participants == 'true'

// Ids as people write them: `union` tells capitals apart, and a comma at the end makes an empty one.
var labSubscription = toLower(trim(empty(labSubscriptionId) ? subscription().subscriptionId : labSubscriptionId))
// With a given group labs are built in that group alone: rights elsewhere would serve nobody.
var furtherSubscriptions = byGroup
  ? []
  : filter(map(split(toLower(allowedSubscriptionIds), ','), id => trim(id)), id => !empty(id))
var labSubscriptions = union([labSubscription], furtherSubscriptions)
var labScopes = [for id in labSubscriptions: '/subscriptions/${id}']

// Whose the roles are. Another subscription may have an environment of the same name, and both may build labs in a third.
var owner = '${environmentName} of ${toLower(subscription().subscriptionId)}'

// The same name as in host.json: with Azure Storage the host reads it there, a scheduler must be given a task hub of that name.
var hubName = 'LlmopsLab'

var installationName = empty(installation) ? 'lab-${token}' : installation

var participantRole = guid('/subscriptions/${labSubscription}', owner, 'llmops-lab-participant')

var labSettings = {
  LAB_INSTALLATION: installationName
  LAB_SUBSCRIPTION_ID: labSubscription
  LAB_ALLOWED_SUBSCRIPTION_IDS: join(furtherSubscriptions, ',')
  LAB_REGIONS: labRegions
  LAB_LEASE_MINUTES: leaseMinutes
  LAB_WARN_MINUTES: warnMinutes
  LAB_SWEEP_SCHEDULE: sweepSchedule
  LAB_LENT_RESOURCE_IDS: lentResourceIds
  LAB_TAG_KEY: tagKey
  LAB_TAG_KEY_PREVIOUS: tagKeyPrevious
  LAB_TAG_KEY_REPLACED_AT: tagKeyReplacedAt
  LAB_SWEEP_DRY_RUN: sweepDryRun
  LAB_REPORT_RETENTION_DAYS: reportRetentionDays
  LAB_CALL_TIMEOUT_SECONDS: callTimeoutSeconds
  LAB_PRICES_ENDPOINT: pricesEndpoint
  LAB_ADMIN_ROLE: adminRole
  LAB_OWNER_MAX_LABS: ownerMaxLabs
  LAB_OWNER_MAX_STARTS_PER_DAY: ownerMaxStartsPerDay
  LAB_OWNER_MAX_USD_PER_DAY: ownerMaxUsdPerDay
  LAB_PARTICIPANT_ROLE_ID: admitsPeople ? participantRole : ''
  ARM_ENDPOINT: resourceManager
  DATABRICKS_MANAGEMENT_SCOPE: empty(databricksManagementScope)
    ? '${environment().authentication.audiences[0]}/.default'
    : databricksManagementScope
  AZURE_CLIENT_ID: identity.outputs.clientId
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-llmops-lab-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-llmops-lab-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    suffix: token
    location: location
    tags: tags
    publisherPrincipalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'stllmops${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module scheduler 'modules/scheduler.bicep' = if (byScheduler) {
  name: 'scheduler'
  scope: group
  params: {
    name: 'dts-llmops-lab-${token}'
    hubName: hubName
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    // A pipeline looks at no dashboard.
    viewerId: deployerType == 'User' ? deployerId : ''
  }
}

module labRights 'modules/lab-rights.bicep' = [
  for id in labSubscriptions: {
    name: 'lab-rights-${token}'
    scope: subscription(id)
    params: {
      owner: owner
      rights: byGroup ? 'group' : 'subscription'
      principalId: identity.outputs.principalId
    }
  }
]

module labGroupRights 'modules/lab-group-rights.bicep' = if (byGroup) {
  name: 'lab-group-rights-${token}'
  scope: resourceGroup(labSubscription, empty(labResourceGroup) ? group.name : labResourceGroup)
  params: {
    owner: owner
    principalId: identity.outputs.principalId
  }
  dependsOn: [labRights]
}

module participantRoleDefinition 'modules/participant-role.bicep' = if (admitsPeople) {
  name: 'participant-role-${token}'
  scope: subscription(labSubscription)
  params: {
    name: participantRole
    owner: owner
    assignableScopes: labScopes
  }
}

module participantRights 'modules/participant-rights.bicep' = [
  for id in (admitsPeople ? labSubscriptions : []): {
    name: 'participant-rights-${token}'
    scope: subscription(id)
    params: {
      owner: owner
      principalId: identity.outputs.principalId
      participantRole: participantRole
    }
  }
]

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    name: 'func-llmops-lab-${token}'
    planName: 'plan-llmops-lab-${token}'
    location: location
    tags: tags
    nodeVersion: empty(nodeVersion) ? '22' : nodeVersion
    alwaysReady: alwaysReady != 'false'
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    packageContainerUrl: storage.outputs.packageContainerUrl
    insightsConnectionString: monitoring.outputs.connectionString
    schedulerEndpoint: byScheduler ? scheduler!.outputs.endpoint : ''
    signInClientId: signInClientId
    labSettings: labSettings
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    email: alertEmail
  }
}

// Names of outputs become variables of the azd environment and are removed from it by `azd down`: none may be that of an input.
output AZURE_RESOURCE_GROUP string = group.name
output APP_FUNCTION_NAME string = functionApp.outputs.name
output APP_FUNCTION_ID string = functionApp.outputs.id
output APP_ENDPOINT string = functionApp.outputs.endpoint
output APP_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output APP_INSTALLATION string = installationName
output APP_LAB_SUBSCRIPTIONS string = join(labSubscriptions, ',')
output APP_WORKBOOK_ID string = workbook.outputs.id
