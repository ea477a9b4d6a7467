// App settings are written whole. What a person has set in the portal, the secret of a sign-in for instance, is written back as it was.
param siteName string
@secure()
@description('The settings that are there.')
param current object
@secure()
@description('The settings of this template; they win.')
param owned object

// What this template sets, or once set: not written back, or it would stay for ever. An override of host.json would hold the app to a backend that it left.
var ownedPrefixes = [
  'LAB_'
  'AzureFunctionsJobHost__extensions__durableTask__storageProvider__'
  'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
]

var kept = filter(items(current), it => empty(filter(ownedPrefixes, prefix => startsWith(it.key, prefix))))

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: siteName
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(toObject(kept, it => it.key, it => it.value), owned)
}
