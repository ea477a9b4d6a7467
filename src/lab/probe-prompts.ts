/**
 * The fixed prompts of a probe: the same questions each time, so that two probes of one deployment differ only by what has changed.
 *
 * Never edit a list: a changed question is another measure. Make a new version, and let `PROBE_VERSION` name it.
 */
export const PROBE_VERSION = 1;

/** Short and plain, of several kinds, harmless to every content filter; about 15 tokens each. */
export const PROBE_PROMPTS: readonly string[] = [
  'Tell me a joke about animals.',
  'What is the difference between weather and climate?',
  'Name three uses of a paper clip.',
  'Explain in two sentences why the sky is blue.',
  'Write a polite reply that declines an invitation to dinner.',
  'What should I pack for a weekend in the mountains?',
  'Summarise the story of the tortoise and the hare.',
  'Give a short recipe for tomato soup.',
  'How does a bicycle stay upright while it moves?',
  'Which is heavier, a kilogram of iron or a kilogram of feathers, and why?',
  'List the planets of the solar system in order.',
  'Describe the taste of a lemon to somebody who has never had one.',
  'What is a good first sentence for a detective story?',
  'Explain what a database index does.',
  'How many days are there in a leap year?',
  'Suggest a name for a small bakery by the sea.',
  'What is the capital of Portugal, and what is it known for?',
  'Turn this into a question: the train leaves at nine.',
  'Why do leaves change their colour in autumn?',
  'Give one argument for and one against working from home.',
];
