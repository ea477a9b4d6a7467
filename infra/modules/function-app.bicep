// The function app on Flex Consumption, with its plan and settings. The package is deployed into the storage account and read with the identity.
param name string
param planName string
param location string
param tags object
param nodeVersion string
@description('Whether one instance is kept for orchestrations.')
param alwaysReady bool
param identityId string
param identityClientId string
param storageName string
param packageContainerUrl string
param insightsConnectionString string
@description('Empty: Azure Storage keeps the orchestrations.')
param schedulerEndpoint string
@secure()
@description('The settings that the app\'s own code reads.')
param labSettings object
@description('Client id of the app registration that people sign in with. Empty: sign-in is left as it is.')
param signInClientId string

// What the Functions host reads. The worker runtime and the package are no settings on this plan: `functionAppConfig` holds them.
// https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
var hostSettings = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // The host reads a body whole before the app sees it, by default up to 100 MB. The app takes 256 KB at most.
  // https://learn.microsoft.com/azure/azure-functions/functions-app-settings#functions_request_body_size_limit
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1048576'
}

// Named in the host.json of a package for the scheduler. The provider itself is in that file and not here: what scales the plan reads the file and no settings.
var schedulerSettings = {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
}

// The identity signs in for the app registration, which trusts it as a federated credential: there is no secret.
// https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad#use-a-managed-identity-instead-of-a-secret-preview
var signInSettings = {
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
  WEBSITE_AUTH_AAD_ALLOWED_TENANTS: tenant().tenantId
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 40
        // Orchestrators, activities and the timers of a lab should not wait for a cold start.
        alwaysReady: alwaysReady ? [{ name: 'durable', instanceCount: 1 }] : []
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
    }
  }
}

// In a module of its own, because a resource may not list itself: the settings that are there are read after the site is, and before they are written.
module settings 'app-settings.bicep' = {
  name: 'app-settings'
  params: {
    siteName: app.name
    current: list('${app.id}/config/appsettings', app.apiVersion).properties
    owned: union(
      labSettings,
      hostSettings,
      empty(schedulerEndpoint) ? {} : schedulerSettings,
      empty(signInClientId) ? {} : signInSettings
    )
  }
}

// Deployments use Entra tokens; user names and passwords are switched off. One after the other: each of these writes to the site, and such writes race.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
  dependsOn: [settings]
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
  dependsOn: [noFtpPassword]
}

// Not there without a client id, instead of switched off: sign-in that somebody has set up in the portal stays.
resource signIn 'Microsoft.Web/sites/config@2025-03-01' = if (!empty(signInClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/api/health']
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: signInClientId
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [signInClientId, 'api://${signInClientId}']
        }
      }
    }
    login: {
      tokenStore: { enabled: false }
    }
  }
  dependsOn: [noScmPassword]
}

output id string = app.id
output name string = app.name
output endpoint string = 'https://${app.properties.defaultHostName}'
