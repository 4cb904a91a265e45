/* eslint-disable @n8n/community-nodes/no-restricted-globals -- bench code, never shipped */
import { startM3terSandbox } from '../sandbox/m3ter';
import { accountBody, createClient } from '../sandbox/m3ter/client';

/**
 * The m3ter sandbox in a process of its own, as a benchmark needs it: what arrives is checked and counted as always, but
 * requests and measurements are not kept, only the uids. Speaks with its parent by messages: `reset`, `count`.
 */

const TRIM_EVERY_MS = 100;
export const ACCOUNTS = Array.from({ length: 10 }, (_value, index) => `account-${index}`);

export interface Counts {
	/** Measurements that count. */
	ingested: number;
	/** Different uids among them. */
	distinct: number;
}

async function main(): Promise<void> {
	const m3ter = await startM3terSandbox();
	m3ter.seed();
	const call = await createClient(m3ter.url);
	for (const code of ACCOUNTS) await call('POST', '/accounts', accountBody(code));
	let ingested = 0;
	const trim = () => {
		ingested += m3ter.state.ingested.length;
		m3ter.state.ingested.length = 0;
		m3ter.requests.length = 0;
	};
	setInterval(trim, TRIM_EVERY_MS);
	process.on('message', (message) => {
		if (message === 'reset') {
			ingested = 0;
			m3ter.state.ingested.length = 0;
			m3ter.state.uids.clear();
			process.send?.('done');
			return;
		}
		void m3ter.settled().then(() => {
			trim();
			process.send?.({ ingested, distinct: m3ter.state.uids.size } satisfies Counts);
		});
	});
	process.on('disconnect', () => process.exit());
	process.send?.({ url: m3ter.url });
}

if (require.main === module) void main();
