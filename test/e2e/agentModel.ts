/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat model that plays a script instead of thinking, over the API that n8n's OpenAI node speaks. */

interface ToolDefinition {
	function: { name: string; description: string; parameters: { properties: Record<string, { type?: string; description?: string }> } };
}

interface ChatRequest {
	tools?: ToolDefinition[];
	messages: Array<{ role: string; content: string }>;
}

/** One turn of the model: calls a tool, or ends with an answer made of what the tools said. */
export type Turn = { tool: string; input: (toolAnswers: string[]) => object } | { answer: (toolAnswers: string[]) => string };

export interface ScriptedModel {
	url: string;
	/** What n8n asked, in order. */
	requests: ChatRequest[];
	/** Starts a new script. */
	play(turns: Turn[]): void;
	close(): Promise<void>;
}

export async function startScriptedModel(): Promise<ScriptedModel> {
	const requests: ChatRequest[] = [];
	let turns: Turn[] = [];
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (chunk: Buffer) => (body += chunk.toString()));
		request.on('end', () => {
			const asked = JSON.parse(body) as ChatRequest;
			const turn = turns[requests.push(asked) - 1] ?? { answer: () => 'The script has ended.' };
			const answers = asked.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
			const call = 'tool' in turn ? { id: `call_${requests.length}`, type: 'function', function: { name: turn.tool, arguments: JSON.stringify(turn.input(answers)) } } : undefined;
			const message = { role: 'assistant', content: 'answer' in turn ? turn.answer(answers) : null, ...(call && { tool_calls: [call] }) };
			const completion = { id: `chat_${requests.length}`, object: 'chat.completion', created: 0, model: 'scripted', choices: [{ index: 0, message, finish_reason: call ? 'tool_calls' : 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(completion));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		requests,
		play: (script) => {
			requests.length = 0;
			turns = script;
		},
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
