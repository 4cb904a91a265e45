 
import type { IBinaryData } from 'n8n-workflow';

import { M3terSubmitUsage } from '../../nodes/M3ter/SubmitUsage/M3terSubmitUsage.node';
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, type M3terSandbox } from '../sandbox/m3ter';
import { accountBody, createClient } from '../sandbox/m3ter/client';
import { runNode, storeBinary, type CredentialStore, type RunOptions } from './harness';

export const node = new M3terSubmitUsage();

export const credentialsFor = (m3ter: M3terSandbox): CredentialStore => ({
	m3terApi: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: m3ter.url },
});

/** An organization with the sandbox's meters and two accounts. */
export async function prepare(m3ter: M3terSandbox): Promise<void> {
	m3ter.reset();
	m3ter.seed();
	const call = await createClient(m3ter.url);
	for (const code of ['globex', 'initech']) await call('POST', '/accounts', accountBody(code));
	m3ter.requests.length = 0;
	m3ter.violations.length = 0;
}

/** A CSV file with the columns `id,account,ts,region,requests`. */
export const csvOf = (rows: string[][], header = ['id', 'account', 'ts', 'region', 'requests']): string => [header, ...rows].map((row) => `${row.join(',')}\n`).join('');

export const usageRow = (id: string, changes: Partial<Record<'account' | 'ts' | 'region' | 'requests', string>> = {}): string[] => {
	const row = { account: 'globex', ts: '2026-05-02T03:04:05Z', region: 'eu-west-1', requests: '21', ...changes };
	return [id, row.account, row.ts, row.region, row.requests];
};

export const parameters = {
	operation: 'submitFile',
	binaryProperty: 'data',
	sendBy: 'automatic',
	input: 'fields',
	meter: { __rl: true, mode: 'code', value: 'api_requests' },
	accountSource: 'code',
	accountColumn: 'account',
	timestampColumn: 'ts',
	columns: { mappingMode: 'defineBelow', value: { 'where.region': 'region', 'what.action': '"send"', 'measure.requests': 'requests' }, matchingColumns: [], schema: [] },
	uniqueId: 'value',
	uniqueIdColumn: 'id',
};

/** A file inside the item, as small installations keep it. */
export const inItem = (content: string | Buffer, fileName: string, mimeType = 'application/octet-stream'): IBinaryData => ({ data: Buffer.from(content).toString('base64'), fileName, mimeType });

/** A file beside the item, read as a stream. */
export const onDisk = async (content: string | Buffer, fileName: string, mimeType = 'application/octet-stream'): Promise<IBinaryData> => await storeBinary(Buffer.from(content), fileName, mimeType);

export interface SubmitMore extends Partial<RunOptions> {
	options?: object;
}

/** Runs the node on one file and waits until the sandbox has taken in what it got. */
export async function submitFile(m3ter: M3terSandbox, file: IBinaryData, { options = {}, ...more }: SubmitMore = {}) {
	const result = await runNode({ node, credentials: credentialsFor(m3ter), ...more, items: [{ json: {}, binary: { data: file } }], parameters: { ...parameters, ...more.parameters, options: { ...options } } });
	await m3ter.settled();
	return result;
}

export const posts = (m3ter: M3terSandbox) => m3ter.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/measurements'));
export const uids = (m3ter: M3terSandbox) => m3ter.ingested().map(({ uid }) => uid).sort();
