/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { Paddle, type Environment } from '@paddle/paddle-node-sdk';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { API_KEY, startPaddleSandbox, type PaddleSandbox, type PaddleSandboxOptions } from '../sandbox/paddle';

const open: Array<{ close(): unknown }> = [];

export async function start(options: PaddleSandboxOptions = {}): Promise<PaddleSandbox> {
	const sandbox = await startPaddleSandbox({ processingMs: 0, ...options });
	open.push(sandbox);
	return sandbox;
}

export async function closeAll(): Promise<void> {
	await Promise.all(open.splice(0).map(async (entry) => await entry.close()));
}

/** The official SDK, pointed at the sandbox: any other environment than its own two is taken as a URL. */
export const sdk = (sandbox: PaddleSandbox): Paddle => new Paddle(API_KEY, { environment: sandbox.url as Environment });

export interface Answer {
	status: number;
	headers: Headers;
	body: {
		data?: Record<string, unknown> & { id?: string };
		error?: { type: string; code: string; detail: string; errors?: Array<{ field: string; message: string }> };
		meta?: { request_id: string; pagination?: { per_page: number; next: string; has_more: boolean } };
	};
}

export async function call(
	sandbox: PaddleSandbox,
	method: string,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<Answer> {
	const response = await fetch(`${sandbox.url}${path}`, {
		method,
		body: body === undefined ? undefined : JSON.stringify(body),
		headers: {
			authorization: `Bearer ${API_KEY}`,
			'paddle-version': '1',
			...(body !== undefined && { 'content-type': 'application/json' }),
			...headers,
		},
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
}

export interface Received {
	signature: string;
	body: string;
	event: { event_id: string; event_type: string; notification_id: string; occurred_at: string; data: Record<string, unknown> };
}

/** A webhook receiver; `answer` decides on each delivery's status. */
export async function receiver(answer: (count: number) => number = () => 200): Promise<{ url: string; received: Received[] }> {
	const received: Received[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const body = Buffer.concat(chunks).toString('utf8');
			received.push({
				signature: String(request.headers['paddle-signature'] ?? ''),
				body,
				event: JSON.parse(body) as Received['event'],
			});
			response.writeHead(answer(received.length)).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	open.push(server);
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}
