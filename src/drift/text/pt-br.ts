import type { Vocabulary } from './vocabulary.ts';

/** The findings in Brazilian Portuguese. */
export const portuguese: Vocabulary = {
  features: {
    promptTokens: 'Tokens do prompt',
    completionTokens: 'Tokens da resposta',
    latencyMs: 'Latência',
    promptChars: 'Tamanho do prompt (caracteres)',
    responseChars: 'Tamanho da resposta (caracteres)',
    finishReason: 'Motivo de término',
    error: 'Taxa de erros',
    refusal: 'Taxa de recusas',
    promptText: 'Vocabulário dos prompts',
    responseText: 'Vocabulário das respostas',
  },
  settings: {
    model: 'Versão do modelo',
    deployment: 'Implantação',
    parameters: 'Parâmetros',
    systemPrompt: 'Prompt de sistema',
  },
  drift: (features) => `Desvio em ${features}.`,
  noDrift: (effects) => `Sem desvio (${effects}).`,
  notEnough: (need, features) =>
    `Dados insuficientes (${needed(need)})${features === null ? '' : ` para avaliar ${features}`}.`,
  seen: (effects) => `teria sido possível detectar ${effects}`,
  percent: (percent) => `um efeito de ${percent}`,
  points: (points) =>
    `uma mudança de proporção de ${points} ${points === '1' ? 'ponto percentual' : 'pontos percentuais'}`,
  distance: (distance) => `uma distância de vocabulário acima de ${distance}`,
  allAlike: 'todos os valores são iguais; qualquer outro teria sido detectado',
  featureDrift: (finding, p) => `Desvio: ${finding} (p ajustado ${p}).`,
  shift: (rose, by, percent, low, high) =>
    `em geral ${by} ${rose ? 'a mais' : 'a menos'}${percent === null ? '' : ` (${percent})`}, intervalo de 95 %: ${low} a ${high}`,
  coarse: 'muitos valores são iguais: a estimativa é grosseira, e quem decide é o teste',
  shapeChanged: 'os valores se distribuem de outra forma em torno do mesmo centro',
  share: (level, from, to) => `${level === null ? '' : `proporção de "${level}" `}de ${from} para ${to}`,
  wording: (distance) => `distância de vocabulário ${distance} em uma escala de 0 a 1`,
  featureNoDrift: (effect) => `Sem desvio (${effect}).`,
  featureNotEnough: (need, baseline, current) => `Dados insuficientes (${needed(need)}; há ${baseline} e ${current}).`,
  replaced: (setting, from, to) => `${setting}: mudou de ${from} para ${to}.`,
  mixed: (setting, values) => `${setting}: mudou; ${values}.`,
  sharesOf: (value, from, to) => `${value} de ${from} para ${to} dos rastreamentos`,
  leftOut: (features) => `Sem comparação, porque uma das janelas não tem textos: ${features}.`,
  shared: (count) => `${count} rastreamentos estão nas duas janelas, o que esconde desvios.`,
};

function needed(need: string | null): string {
  return need === null
    ? 'nenhum número prático de rastreamentos é suficiente'
    : `são necessários ${need} rastreamentos em cada janela`;
}
