/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import Chargebee from 'chargebee';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
	FULL_ACCESS_KEY,
	startChargebeeSandbox,
	type ChargebeeSandbox,
	type ChargebeeSandboxOptions,
} from '../sandbox/chargebee';

const open: Array<{ close(): unknown }> = [];

export async function start(options: ChargebeeSandboxOptions = {}): Promise<ChargebeeSandbox> {
	const sandbox = await startChargebeeSandbox({ seeded: true, processingMs: 0, ...options });
	open.push(sandbox);
	return sandbox;
}

export async function closeAll(): Promise<void> {
	await Promise.all(open.splice(0).map(async (entry) => await entry.close()));
}

/** The official SDK, pointed at the sandbox. */
export function sdk(sandbox: ChargebeeSandbox): Chargebee {
	const { hostname, port } = new URL(sandbox.url);
	return new Chargebee({
		apiKey: FULL_ACCESS_KEY,
		site: hostname,
		hostSuffix: '',
		protocol: 'http',
		port: Number(port),
		sdkTelemetryEnabled: false,
	});
}

export interface Answer {
	status: number;
	headers: Headers;
	body: Record<string, unknown> & { api_error_code?: string; param?: string; message?: string };
}

export const basic = (user: string, password = '') => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export async function call(
	sandbox: ChargebeeSandbox,
	method: string,
	path: string,
	form?: string,
	headers: Record<string, string> = {},
): Promise<Answer> {
	const response = await fetch(`${sandbox.url}/api/v2${path}`, {
		method,
		body: form,
		headers: {
			authorization: basic(FULL_ACCESS_KEY),
			...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
			...headers,
		},
	});
	return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

export interface Received {
	authorization?: string;
	event: { id: string; event_type: string; content: Record<string, { [field: string]: unknown }> };
}

/** A webhook receiver; `answer` decides on each delivery's status. */
export async function receiver(answer: (count: number) => number = () => 200): Promise<{ url: string; received: Received[] }> {
	const received: Received[] = [];
	const server: Server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const event = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Received['event'];
			received.push({ authorization: request.headers.authorization, event });
			response.writeHead(answer(received.length)).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	open.push(server);
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}
