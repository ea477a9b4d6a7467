// The built-in model: answers that are the same for the same messages and differ between prompts, with a length that follows the question's.
// It tells animal jokes, which is what the lab asks for, and talks plainly around anything else.
import { createHash } from 'node:crypto';
import type { ChatMessage } from './wire.ts';

const JOKES = [
  "Why don't elephants use computers? Because they're afraid of the mouse!",
  'What do you call an alligator in a vest? An investigator.',
  'Why did the cow cross the road? To get to the udder side.',
  'What do you call a fish without eyes? A fsh.',
  "Why don't oysters share their pearls? Because they're shellfish.",
  'What do you get when you cross a snake and a pie? A pie-thon!',
  "Why do cows wear bells? Because their horns don't work.",
  'What do you call a bear with no teeth? A gummy bear.',
  'How does a penguin build its house? Igloos it together.',
  "Why did the owl invite his friends over? He didn't want to be owl by himself.",
  "What is a cat's favourite colour? Purr-ple.",
  "Why aren't koalas actual bears? They don't meet the koalafications.",
  'What do you call a sleeping bull? A bulldozer.',
  'Where do sheep go on holiday? The Baaa-hamas.',
  'Why was the cat sitting on the computer? To keep an eye on the mouse.',
  'What did the duck say when she bought lipstick? "Put it on my bill."',
  'What do you call a lazy kangaroo? A pouch potato.',
  'How do you stop a bull from charging? Cancel its credit card.',
  'Why did the horse see the doctor? For hay fever.',
  'What do frogs order at a burger place? French flies and a diet croak.',
  'Why do bees have sticky hair? Because they use honeycombs.',
];

const OPENINGS = [
  'In short, {topic} comes down to a few things that are easy to check.',
  'There is no single answer, but {topic} is usually understood like this.',
  'Good question: {topic} is best seen from a practical side.',
  'Let us begin with what is certain about {topic}.',
];
const BODIES = [
  'First, look at what changes from one case to the next, and keep the rest fixed.',
  'A small example often says more about {topic} than a long definition.',
  'Most people meet {topic} when something stops working, which is late but instructive.',
  'The cost of being wrong about {other} is small at the beginning and grows with every step built on it.',
  'It helps to write down what you expect before you measure, because memory is generous.',
  'Between {topic} and {other} there is a connection that is easy to overlook.',
  'Numbers settle many of these discussions, as long as everybody agrees on what is counted.',
  'If two explanations fit equally well, keep the one that could be shown to be false.',
  'Where {other} matters more than speed, take the slower path and say so.',
  'None of this is new, and that is its strength: it has been tried by many people.',
];
const CLOSINGS = ['That is the essence of it.', 'From there, the details follow.', 'I hope that helps.', ''];

/** The built-in answer to `messages`; `choice` tells several answers to one prompt apart. */
export function respond(messages: readonly ChatMessage[], choice = 0): string {
  const question = messages.findLast((message) => message.role === 'user')?.content ?? '';
  const random = randomOf(JSON.stringify([messages, choice]));
  const words = question.match(/[\p{L}\p{N}'-]+/gu) ?? [];
  if (/\b(joke|jokes|funny|laugh|piada|piadas)\b/i.test(question)) return jokes(words.length, random);

  const topics = [...new Set(words.filter((word) => word.length > 4).map((word) => word.toLowerCase()))];
  const pick = (): string => topics[random(topics.length)] ?? 'that';
  const sentences = Math.max(1, Math.min(12, Math.round(words.length / 6)));
  const parts = [OPENINGS[random(OPENINGS.length)] as string];
  const pool = [...BODIES];
  while (parts.length < sentences && pool.length > 0) parts.push(...pool.splice(random(pool.length), 1));
  parts.push(CLOSINGS[random(CLOSINGS.length)] as string);
  return parts
    .join(' ')
    .replaceAll(/\{(topic|other)\}/g, () => pick())
    .trim();
}

const jokes = (words: number, random: (below: number) => number): string => {
  const many = Math.max(1, Math.min(5, Math.round(words / 12)));
  const pool = [...JOKES];
  const told = Array.from({ length: many }, () => pool.splice(random(pool.length), 1)[0] as string);
  return told.length === 1 ? (told[0] as string) : told.map((joke, index) => `${index + 1}. ${joke}`).join('\n');
};

// A stream of small numbers that depends on the seed only.
const randomOf = (seed: string): ((below: number) => number) => {
  let counter = 0;
  return (below) => {
    if (below <= 1) return 0;
    counter += 1;
    return createHash('sha256').update(`${seed}|${counter}`).digest().readUInt32BE(0) % below;
  };
};
