// What a person should hear of. Every query returns a row for each thing that is wrong; a rule fires while there are rows and resolves when there are none.
param location string
param tags object
@description('Application Insights component that the rules query.')
param insightsId string
@description('Empty: alerts show in the portal only.')
param email string

var events = loadTextContent('../queries/events.kql')

var rules = [
  {
    name: 'lab-stuck'
    title: 'A lab is stuck'
    severity: 2
    lookBack: 'P2D'
    query: loadTextContent('../queries/alert-lab-stuck.kql')
    description: 'A lab is neither ended nor watching, and nothing was heard of it for 90 minutes. See GET /api/labs/{id}; DELETE ends it.'
  }
  {
    name: 'leftovers'
    title: 'Something of a lab is left behind'
    severity: 1
    lookBack: 'P2D'
    query: loadTextContent('../queries/alert-leftovers.kql')
    description: 'A resource of an ended lab could not be removed. The alert names it and the reason that Azure gave.'
  }
  {
    name: 'sweep-silent'
    title: 'The sweep is not running'
    severity: 1
    lookBack: 'P2D'
    query: loadTextContent('../queries/alert-sweep-silent.kql')
    description: 'The app has run, and no sweep has succeeded for half an hour: a lab whose orchestration is lost would not be removed.'
  }
  {
    name: 'budget'
    title: 'A lab is near its budget'
    severity: 3
    lookBack: 'PT1H'
    query: loadTextContent('../queries/alert-budget.kql')
    description: 'The estimated cost of a lab came near its budget or reached it. A lab that reaches it is torn down.'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-llmops-lab'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'llmopslab'
    emailReceivers: [
      {
        name: 'people'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in rules: {
    name: 'llmops-lab-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'LLMOps lab: ${rule.title}'
      description: rule.description
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [insightsId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      overrideQueryTimeRange: rule.lookBack
      // A new component has no table of traces yet when the rule is made.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: '${events}\n${rule.query}'
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              minFailingPeriodsToAlert: 1
              numberOfEvaluationPeriods: 1
            }
          }
        ]
      }
      actions: { actionGroups: empty(email) ? [] : [people.id] }
    }
  }
]
