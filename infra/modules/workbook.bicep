// The workbook: labs, what each did and how long that took, failures by cause, cost, and the sweep. Its queries are the files of `queries`.
param location string
param tags object
@description('Application Insights component that it reads.')
param insightsId string

var events = loadTextContent('../queries/events.kql')

// Narrows a query to the lab that is chosen at the top; its last operator follows the query's own.
var ofChosenLab = '| where isempty(\'{Lab}\') or labId == \'{Lab}\''

var minutes = {
  columnMatch: 'minutes|seconds|p50|p95|slowest'
  formatter: 4
  formatOptions: { palette: 'blue' }
}

var sections = [
  {
    name: 'labs'
    title: 'Labs'
    query: '${loadTextContent('../queries/labs.kql')}${ofChosenLab}'
    visualization: 'table'
  }
  {
    name: 'timeline'
    title: 'Timeline: every step and every try'
    query: '${loadTextContent('../queries/timeline.kql')}${ofChosenLab}'
    visualization: 'table'
  }
  {
    name: 'durations'
    title: 'Seconds that a step takes when it works'
    query: loadTextContent('../queries/durations.kql')
    visualization: 'table'
  }
  {
    name: 'failures'
    title: 'Failures by cause'
    query: loadTextContent('../queries/failures.kql')
    visualization: 'table'
  }
  {
    name: 'leftovers'
    title: 'Left behind'
    query: '${loadTextContent('../queries/leftovers.kql')}${ofChosenLab}'
    visualization: 'table'
  }
  {
    name: 'cost'
    title: 'Estimated cost in USD, by owner and day'
    query: loadTextContent('../queries/cost.kql')
    visualization: 'barchart'
  }
  {
    name: 'completions'
    title: 'Completions'
    query: loadTextContent('../queries/completions.kql')
    visualization: 'table'
  }
  {
    name: 'sweep'
    title: 'Sweep: runs and judgements an hour'
    query: loadTextContent('../queries/sweep.kql')
    visualization: 'timechart'
  }
  {
    name: 'sweep-actions'
    title: 'Sweep: what it ended'
    query: '${loadTextContent('../queries/sweep-actions.kql')}${ofChosenLab}'
    visualization: 'table'
  }
]

var head = [
  {
    type: 1
    name: 'head'
    content: {
      json: '# LLMOps lab\nWhat the labs of this installation did. Costs are estimates from list prices, never a bill.'
    }
  }
  {
    type: 9
    name: 'parameters'
    content: {
      version: 'KqlParameterItem/1.0'
      style: 'pills'
      queryType: 0
      resourceType: 'microsoft.insights/components'
      crossComponentResources: [insightsId]
      parameters: [
        {
          version: 'KqlParameterItem/1.0'
          name: 'TimeRange'
          label: 'Time'
          type: 4
          isRequired: true
          value: { durationMs: 604800000 }
          typeSettings: {
            allowCustom: true
            selectableValues: [
              { durationMs: 14400000 }
              { durationMs: 86400000 }
              { durationMs: 604800000 }
              { durationMs: 2592000000 }
            ]
          }
        }
        {
          version: 'KqlParameterItem/1.0'
          name: 'Lab'
          label: 'Lab'
          type: 2
          isRequired: false
          query: '${events}\n${loadTextContent('../queries/labs.kql')}| project labId'
          queryType: 0
          resourceType: 'microsoft.insights/components'
          crossComponentResources: [insightsId]
          timeContextFromParameter: 'TimeRange'
        }
      ]
    }
  }
]

var body = [
  for section in sections: {
    type: 3
    name: section.name
    content: {
      version: 'KqlItem/1.0'
      title: section.title
      query: '${events}\n${section.query}'
      size: 0
      showAnalytics: true
      timeContextFromParameter: 'TimeRange'
      queryType: 0
      resourceType: 'microsoft.insights/components'
      crossComponentResources: [insightsId]
      visualization: section.visualization
      gridSettings: { formatters: [minutes] }
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'llmops-lab-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'LLMOps lab'
    category: 'workbook'
    version: '1.0'
    sourceId: insightsId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(head, body)
      fallbackResourceIds: [insightsId]
    })
  }
}

output id string = workbook.id
