import { NetSuiteForM3ter } from '../../nodes/NetSuite/NetSuiteForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import type { LineInput, M3terSandbox } from '../sandbox/m3ter';
import { ACCOUNT_ID, CLIENT_ID, CONSUMER_KEY, CONSUMER_SECRET, CUSTOMER_ID, SCRIPT_SECRET, startNetSuiteSandbox, TOKEN_ID, TOKEN_SECRET, type NetSuiteSandbox } from '../sandbox/netsuite';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

/** Sign-in with a certificate whose key the sandbox made at its start. */
export const certificateCredential = (sandbox: NetSuiteSandbox, algorithm: 'PS256' | 'ES256' = 'ES256') => ({
	accountId: ACCOUNT_ID,
	authentication: 'certificate',
	clientId: CLIENT_ID,
	certificateId: sandbox.keys[algorithm].certificateId,
	privateKey: sandbox.keys[algorithm].privateKey,
	scriptSecret: SCRIPT_SECRET,
	baseUrl: sandbox.url,
	sessionToken: '',
});

export const tokenCredential = (sandbox: NetSuiteSandbox) => ({
	accountId: ACCOUNT_ID,
	authentication: 'tokenBased',
	consumerKey: CONSUMER_KEY,
	consumerSecret: CONSUMER_SECRET,
	tokenId: TOKEN_ID,
	tokenSecret: TOKEN_SECRET,
	scriptSecret: SCRIPT_SECRET,
	baseUrl: sandbox.url,
	sessionToken: '',
});

/** Items of the seed. */
export const ITEMS = { api: '4010', drawdown: '4011', enterprise: '4012' };
/** A node's least options: what every line falls back to. */
export const ITEM = { item: ITEMS.api };

/** m3ter with an account mapped to the seed's customer, and NetSuite. */
export class NetSuiteWorld {
	constructor(
		readonly m3ter: M3terSandbox,
		readonly netSuite: NetSuiteSandbox,
		readonly credentials: CredentialStore,
	) {}

	static async open(settings: Parameters<typeof startNetSuiteSandbox>[0] = {}): Promise<NetSuiteWorld> {
		const { m3ter, credentials } = await startM3ter();
		const netSuite = await startNetSuiteSandbox(settings);
		credentials.netSuiteForM3terApi = certificateCredential(netSuite);
		await mappedAccount(m3ter, 'NetSuite', 'Customer', CUSTOMER_ID);
		return new NetSuiteWorld(m3ter, netSuite, credentials);
	}

	async close(): Promise<void> {
		await Promise.all([this.m3ter.close(), this.netSuite.close()]);
	}

	bill(lines: LineInput[] = usualLines, fields: object = {}) {
		return this.m3ter.createBill({ accountCode: 'acme', lines, ...fields });
	}

	async run(operation: string, ids: string[], options: object = {}, parameters: object = {}, onError?: 'continueErrorOutput'): Promise<RunResult> {
		return await runNode({
			node: new NetSuiteForM3ter(),
			parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', options: { ...ITEM, ...options }, ...parameters },
			credentials: this.credentials,
			items: ids.map((id) => ({ id })),
			onError,
		});
	}

	async send(id: string, options: object = {}, parameters: object = {}, operation = 'send'): Promise<SendResult> {
		const { json, error } = await this.run(operation, [id], options, parameters);
		if (error) throw error;
		return json[0] as unknown as SendResult;
	}

	/** All transactions, oldest first. */
	documents() {
		return [...this.netSuite.state.transactions.values()];
	}

	/** Writes since the sandbox started, e.g. `PUT /services/rest/record/v1/invoice/eid:…`. */
	writes(): string[] {
		return this.netSuite.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/record/v1/')).map(({ method, path }) => `${method} ${path}`);
	}

	/** IDs that m3ter remembers for bills. */
	ledger(): string[] {
		return [...this.m3ter.state.externalMappings.values()].filter(({ m3terEntity }) => m3terEntity === 'Bill').map(({ externalId }) => externalId);
	}

	forgetLedger(): void {
		this.m3ter.state.externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && this.m3ter.state.externalMappings.delete(key));
	}
}
