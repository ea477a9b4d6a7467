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
  drift: (features) => `Drift em ${features}.`,
  noDrift: (effects) => `Sem drift (${effects}).`,
  notEnough: (need, features) =>
    `Dados insuficientes (${needed(need)})${features === null ? '' : ` para avaliar ${features}`}.`,
  seen: (effects) => `teria sido possível perceber ${effects}`,
  percent: (percent) => `um efeito de ${percent}`,
  points: (points) =>
    `uma mudança de proporção de ${points} ${points === '1' ? 'ponto percentual' : 'pontos percentuais'}`,
  distance: (distance) => `uma distância de vocabulário acima de ${distance}`,
  allAlike: 'todos os valores são iguais, qualquer outro teria sido percebido',
  featureDrift: (finding, p) => `Drift: ${finding} (p ajustado ${p}).`,
  shift: (rose, by, percent, low, high) =>
    `em geral ${by} ${rose ? 'a mais' : 'a menos'}${percent === null ? '' : ` (${percent})`}, intervalo de 95 %: ${low} a ${high}`,
  coarse: 'muitos valores iguais o deixam grosseiro: quem decide é o teste',
  shapeChanged: 'os valores se distribuem de outra forma em torno do mesmo centro',
  share: (level, from, to) => `${level === null ? '' : `proporção de "${level}" `}de ${from} para ${to}`,
  wording: (distance) => `distância de vocabulário ${distance} em uma escala de 0 a 1`,
  featureNoDrift: (effect) => `Sem drift (${effect}).`,
  featureNotEnough: (need, baseline, current) => `Dados insuficientes (${needed(need)}; há ${baseline} e ${current}).`,
  replaced: (setting, from, to) => `${setting}: mudou de ${from} para ${to}.`,
  mixed: (setting, values) => `${setting}: mudou; ${values}.`,
  sharesOf: (value, from, to) => `${value} de ${from} para ${to} dos traces`,
  leftOut: (features) => `Sem comparação, pois uma das janelas não guardou textos: ${features}.`,
  shared: (count) => `${count} traces estão nas duas janelas, o que esconde drift.`,
};

function needed(need: string | null): string {
  return need === null ? 'nenhum número prático de traces bastaria' : `são necessários ${need} traces em cada janela`;
}
