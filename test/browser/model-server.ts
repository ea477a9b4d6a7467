/** A model whose answers a test knows: as long as the question, or as hostile as a page must bear. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Markup, a reversed file name, a hidden tag, and an end of every container that a page could have put it into. */
export const HOSTILE =
  '</pre></bdi><script>document.title="taken"</script><img src=x onerror="document.title=\'taken\'"> invoice\u202efdp.exe \u{e0041}';

const SENTENCES = [
  'Drift is a change of the data that a model meets, or of the answers that it gives.',
  'Compare two windows of traces with the same prompt, the same model and the same parameters.',
  'A single example proves little; a distribution tells more.',
  'Token counts grow when questions grow, and so does the bill.',
  'Write down what you expect before you measure.',
  'A lab that nobody uses should not cost anything.',
  'The trace holds the prompt, the answer, the tokens and the time.',
  'Small effects need many traces before they can be seen.',
];

/** @returns the base URL for LOCAL_CLOUD_MODEL_URL, and how to stop it. */
export async function startModel(): Promise<{ url: string; close: () => Promise<void> }> {
  let calls = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { messages: { content: string }[] };
      const question = messages.at(-1)?.content ?? '';
      const turn = calls++;
      const content = question.includes('HOSTILE') ? HOSTILE : answerTo(question, turn);
      const body = JSON.stringify({
        id: `chatcmpl-${turn}`,
        object: 'chat.completion',
        created: 0,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      });
      // Longer answers take longer, as with a real model; by how much differs from call to call.
      setTimeout(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end(body),
        4 + ((turn * 7) % 13) + content.length / 60,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerTo(question: string, turn: number): string {
  if (/joke/i.test(question)) return "Why don't elephants use computers? Because they're afraid of the mouse!";
  const sentences = 1 + Math.floor(question.split(/\s+/).length / 9) + ((turn * 5) % 3);
  const said = Array.from({ length: sentences }, (_, index) => SENTENCES[(turn + index * 3) % SENTENCES.length]);
  // No answer is the beginning of another: a comparison of any two strikes something out and underlines something.
  return [`Answer ${turn}.`, ...said].join(' ');
}
