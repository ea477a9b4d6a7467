// Real token counts, by the models' own encodings. The tables are loaded when the first completion needs them.
import type { ChatMessage } from './wire.ts';
import type { ModelTraits } from './models.ts';

export type Tokenizer = {
  count(text: string): number;
  /** The first `tokens` tokens of `text`. */
  cut(text: string, tokens: number): string;
  /** The text of each token, for a stream. */
  pieces(text: string): string[];
};

const loaded = new Map<string, Promise<Tokenizer>>();

export function tokenizerOf(encoding: ModelTraits['encoding']): Promise<Tokenizer> {
  let found = loaded.get(encoding);
  if (found === undefined) loaded.set(encoding, (found = load(encoding)));
  return found;
}

const load = async (encoding: ModelTraits['encoding']): Promise<Tokenizer> => {
  const { encode, decode } =
    encoding === 'cl100k_base'
      ? await import('gpt-tokenizer/encoding/cl100k_base')
      : await import('gpt-tokenizer/encoding/o200k_base');
  return {
    count: (text) => encode(text).length,
    cut: (text, tokens) => decode(encode(text).slice(0, tokens)),
    pieces: (text) => encode(text).map((token) => decode([token])),
  };
};

/** Tokens of a chat's messages: each is framed by three tokens and its role, and three more open the answer. */
export const countPrompt = (tokenizer: Tokenizer, messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, { role, content }) => sum + 3 + tokenizer.count(role) + tokenizer.count(content), 3);
