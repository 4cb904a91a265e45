import { QuickBooksForM3ter } from '../../nodes/QuickBooks/QuickBooksForM3ter.node';
import type { SendResult } from '../../nodes/shared/sendResult';
import { CLIENT_ID, CLIENT_SECRET, CUSTOMER_ID, startQuickBooksSandbox, US_REALM_ID, VERIFIER_TOKEN, type QuickBooksSandbox } from '../sandbox/quickbooks';
import type { Bill, LineInput, M3terSandbox } from '../sandbox/m3ter';
import { runNode, type CredentialStore, type RunResult } from './harness';
import { mappedAccount, startM3ter, usualLines } from './world';

/** The credential as it is stored once a person has connected it to a company. */
export function quickBooksCredential(quickBooks: QuickBooksSandbox, realmId = US_REALM_ID): CredentialStore[string] {
	return {
		environment: 'custom',
		baseUrl: quickBooks.url,
		accessTokenUrl: `${quickBooks.url}/oauth2/v1/tokens/bearer`,
		clientId: CLIENT_ID,
		clientSecret: CLIENT_SECRET,
		verifierToken: VERIFIER_TOKEN,
		oauthTokenData: { ...quickBooks.grantToken({ realmId }), callbackQueryString: { realmId } },
	} as CredentialStore[string];
}

/** A document as the sandbox keeps it. */
export interface Shown {
	Id: string;
	DocNumber: string;
	SyncToken: string;
	TotalAmt: number;
	PrivateNote: string;
	Line: Array<{ Amount: number; Description?: string; SalesItemLineDetail?: { ItemRef: { value: string }; Qty: number; UnitPrice: number } }>;
	[field: string]: unknown;
}

/** m3ter with an account that is mapped to the QuickBooks customer, both sandboxes, and what a test does with them. */
export class QuickBooksWorld {
	m3ter!: M3terSandbox;
	quickBooks!: QuickBooksSandbox;
	credentials!: CredentialStore;

	async open(settings: Parameters<typeof startQuickBooksSandbox>[0] = {}): Promise<void> {
		({ m3ter: this.m3ter, credentials: this.credentials } = await startM3ter());
		this.quickBooks = await startQuickBooksSandbox(settings);
		this.signIn();
		await mappedAccount(this.m3ter, 'QuickBooks', 'Customer', CUSTOMER_ID);
	}

	/** Closes both, and gives the breaches of either contract. */
	async close(): Promise<string[]> {
		await Promise.all([this.m3ter.close(), this.quickBooks.close()]);
		return [...this.m3ter.violations, ...this.quickBooks.violations];
	}

	signIn(realmId = US_REALM_ID): void {
		this.credentials.quickBooksForM3terOAuth2Api = quickBooksCredential(this.quickBooks, realmId);
	}

	bill(lines: LineInput[] = usualLines, fields: object = {}): Bill {
		return this.m3ter.createBill({ accountCode: 'acme', lines, ...fields });
	}

	async run(operation: string, ids: string[], parameters: object = {}, onError?: 'continueErrorOutput'): Promise<RunResult> {
		return await runNode({
			node: new QuickBooksForM3ter(),
			parameters: { resource: 'bill', operation, billId: '={{ $json.id }}', ...parameters },
			credentials: this.credentials,
			items: ids.map((id) => ({ id })),
			onError,
		});
	}

	async send(id: string, options: object = {}): Promise<SendResult> {
		const { json, error } = await this.run('send', [id], { options });
		if (error) throw error;
		return json[0] as unknown as SendResult;
	}

	documents(name: 'Invoice' | 'CreditMemo', realm = US_REALM_ID): Shown[] {
		return [...(this.quickBooks.state.companies.get(realm)?.entities[name].values() ?? [])] as unknown as Shown[];
	}

	writes(): number {
		return this.quickBooks.requests.filter(({ method }) => method !== 'GET').length;
	}

	/** As after a crash between QuickBooks and m3ter. */
	forgetLedger(): void {
		const { externalMappings } = this.m3ter.state;
		externalMappings.forEach((mapping, key) => mapping.m3terEntity === 'Bill' && externalMappings.delete(key));
	}
}
