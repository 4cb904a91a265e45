/* eslint-disable @n8n/community-nodes/no-restricted-imports -- bench code, never shipped */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

import { ACCOUNTS } from './sandbox';

/** Usage rows by their number: the same in files, items and prepared bodies. */

const START = Date.parse('2026-01-01T00:00:00Z');
const LINES_AT_ONCE = 5_000;

export function usageAt(run: string, index: number) {
	return {
		id: `${run}-${index}`,
		account: ACCOUNTS[index % ACCOUNTS.length],
		ts: new Date(START + index * 1000).toISOString(),
		region: index % 3 ? 'eu-west-1' : 'us-east-1',
		requests: index % 1000,
	};
}

/** The same rows in a Code node. */
export const usageCode = (run: string, count: number): string => `
const accounts = ${JSON.stringify(ACCOUNTS)};
return Array.from({ length: ${count} }, (_, index) => ({ json: {
	id: '${run}-' + index,
	account: accounts[index % accounts.length],
	ts: new Date(${START} + index * 1000).toISOString(),
	region: index % 3 ? 'eu-west-1' : 'us-east-1',
	requests: index % 1000,
} }));`;

export async function writeCsv(file: string, run: string, count: number): Promise<void> {
	const out = createWriteStream(file);
	out.write('id,account,ts,region,requests\n');
	for (let start = 0; start < count; start += LINES_AT_ONCE) {
		const lines = Array.from({ length: Math.min(LINES_AT_ONCE, count - start) }, (_value, index) => `${Object.values(usageAt(run, start + index)).join(',')}\n`);
		if (!out.write(lines.join(''))) await once(out, 'drain');
	}
	out.end();
	await once(out, 'close');
}

/** Request bodies of 1,000 measurements, ready to be posted. */
export function preparedBodies(run: string, count: number): Buffer[] {
	const bodies: Buffer[] = [];
	for (let start = 0; start < count; start += 1000) {
		const measurements = Array.from({ length: Math.min(1000, count - start) }, (_value, index) => {
			const { id, account, ts, region, requests } = usageAt(run, start + index);
			return { uid: id, meter: 'api_requests', account, ts, where: { region }, what: { action: 'send' }, measure: { requests } };
		});
		bodies.push(Buffer.from(JSON.stringify({ measurements })));
	}
	return bodies;
}
