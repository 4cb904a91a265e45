import QuickBooks from 'node-quickbooks';

import { CLIENT_ID, CLIENT_SECRET, US_REALM_ID, type QuickBooksSandbox } from '../sandbox/quickbooks';

export interface SdkLine {
	Amount?: number;
	Description?: string;
	DetailType?: string;
	SalesItemLineDetail?: { ItemRef?: { value: string }; Qty?: number; UnitPrice?: number; ServiceDate?: string; TaxCodeRef?: { value: string } };
}

export interface SdkDocument {
	Id: string;
	SyncToken: string;
	DocNumber: string;
	TotalAmt: number;
	Balance: number;
	PrivateNote: string;
	TxnDate: string;
	CustomerRef: { value: string };
	Line: SdkLine[];
}

type Callback = (error: unknown, answer: unknown) => void;

function promised<T>(call: (callback: Callback) => void): Promise<T> {
	return new Promise((resolve, reject) => call((error, answer) => (error ? reject(new Error(JSON.stringify(error))) : resolve(answer as T))));
}

/** The node-quickbooks SDK, pointed at the sandbox: an independent reader of what our nodes wrote. */
export function quickBooksSdk(sandbox: QuickBooksSandbox, realmId = US_REALM_ID) {
	const { access_token: token } = sandbox.grantToken({ realmId }) as { access_token: string };
	const sdk = new QuickBooks(CLIENT_ID, CLIENT_SECRET, token, false, realmId, true, false, '75', '2.0', null);
	sdk.endpoint = `${sandbox.url}/v3/company/`;
	return {
		invoice: async (id: string) => await promised<SdkDocument>((callback) => sdk.getInvoice(id, callback)),
		creditMemo: async (id: string) => await promised<SdkDocument>((callback) => sdk.getCreditMemo(id, callback)),
		/** All invoices of the company. */
		invoices: async () => {
			const { QueryResponse } = await promised<{ QueryResponse: { Invoice?: SdkDocument[] } }>((callback) => sdk.findInvoices({ fetchAll: true }, callback));
			return QueryResponse.Invoice ?? [];
		},
		createInvoice: async (invoice: object) => await promised<SdkDocument>((callback) => sdk.createInvoice(invoice, callback)),
		updateInvoice: async (invoice: object) => await promised<SdkDocument>((callback) => sdk.updateInvoice(invoice, callback)),
	};
}
