/** What people do in NetSuite's screens, or by letting time pass. */
import { z } from 'zod';

import { action } from '../kit/actions';
import type { SandboxRequest } from '../kit/http';
import { find, save } from './records';
import { customer, transaction } from './schemas';
import type { Core, Customer, RecordType, Transaction, TransactionType } from './state';
import { statusOf } from './transactions';
import { SCRIPT_SECRET, type Script } from './userEvents';

const one = z.object({ id: z.string() });

/** A person in the screens; sublists are always written as they stand. */
const screen = (): SandboxRequest => ({
	method: 'POST',
	path: '',
	params: {},
	query: new URLSearchParams({ replace: 'item' }),
	headers: {},
	raw: Buffer.alloc(0),
	body: undefined,
});

function record(core: Core, type: RecordType, id: string): Customer | Transaction {
	const found = find(core, type, id);
	if (!found) throw new Error(`No such ${type}`);
	return found;
}

function recordActions(core: Core) {
	const create = (type: TransactionType) =>
		action(z.object({ record: transaction }), ({ record: input }) => save(core, screen(), type, input) as Transaction);
	const edit = (type: TransactionType, fields: object) =>
		action(one, ({ id }) => save(core, screen(), type, fields, record(core, type, id)) as Transaction);
	return {
		createCustomer: action(z.object({ record: customer }), ({ record: input }) => save(core, screen(), 'customer', input) as Customer),
		editCustomer: action(one.extend({ changes: customer }), ({ id, changes }) => save(core, screen(), 'customer', changes, record(core, 'customer', id)) as Customer),
		createSalesOrder: create('salesOrder'),
		approveSalesOrder: edit('salesOrder', { orderStatus: { id: 'B' } }),
		createEstimate: create('estimate'),
		createInvoice: create('invoice'),
		approveInvoice: edit('invoice', { approvalStatus: { id: '2' } }),
		rejectInvoice: edit('invoice', { approvalStatus: { id: '3' } }),
		editInvoice: action(one.extend({ changes: transaction }), ({ id, changes }) => save(core, screen(), 'invoice', changes, record(core, 'invoice', id)) as Transaction),
		/** Only documents that count can be paid; the last payment settles them. */
		payInvoice: action(one.extend({ amount: z.number().positive().optional() }), ({ id, amount }) => {
			const invoice = record(core, 'invoice', id) as Transaction;
			if (invoice.status !== 'A') throw new Error('Only an open invoice can be paid');
			invoice.amountPaid = amount ?? invoice.total;
			invoice.modified = core.now();
			invoice.status = statusOf(invoice);
			return invoice;
		}),
		voidInvoice: action(one, ({ id }) => {
			const invoice = record(core, 'invoice', id) as Transaction;
			Object.assign(invoice, { status: 'V', total: 0, modified: core.now() });
			return invoice;
		}),
	};
}

function accountActions(core: Core) {
	const period = (text: string) => {
		const found = core.state.periods.find(({ id, name, start, end }) => id === text || name === text || (start <= text && text <= end));
		if (!found) throw new Error(`No such period: ${text}`);
		return found;
	};
	const periodAction = (change: { closed?: boolean; arLocked?: boolean }) =>
		/** By id, name or a day in it. */
		action(z.object({ period: z.string() }), ({ period: text }) => Object.assign(period(text), change));
	return {
		closePeriod: periodAction({ closed: true }),
		openPeriod: periodAction({ closed: false, arLocked: false }),
		lockReceivables: periodAction({ arLocked: true }),
		setApprovalRouting: action(z.object({ on: z.boolean() }), ({ on }) => {
			core.state.approvalRouting = on;
		}),
		/** A workflow or the role keeps integrations from approving. */
		blockApproval: action(z.object({ on: z.boolean() }), ({ on }) => {
			core.state.approvalBlocked = on;
		}),
		setMultipleCurrencies: action(z.object({ on: z.boolean() }), ({ on }) => {
			core.state.multipleCurrencies = on;
		}),
		setMandatoryLineFields: action(z.object({ fields: z.array(z.string()) }), ({ fields }) => {
			core.state.mandatoryLineFields = fields;
		}),
		addCustomField: action(z.object({ id: z.string().regex(/^cust(body|col|entity)/) }), ({ id }) => {
			core.state.customFields.add(id);
		}),
		denyRecordType: action(z.object({ type: z.string() }), ({ type }) => {
			core.state.deniedTypes.add(type);
		}),
		/** Setup > Integration > OAuth 2.0 Client Credentials: the answer is the certificate id (`kid`). */
		uploadCertificate: action(z.object({ publicKey: z.string() }), ({ publicKey }) => {
			const certificateId = `certificate-${core.state.certificates.size + 1}`;
			core.state.certificates.set(certificateId, publicKey);
			return { certificateId };
		}),
		/** Lets time pass: tokens and assertions expire. */
		advance: action(z.object({ seconds: z.number() }), ({ seconds }) => {
			core.ahead += seconds * 1000;
		}),
	};
}

function scriptActions(core: Core) {
	const options = z.object({
		url: z.string().url(),
		secret: z.string().default(SCRIPT_SECRET),
		recordTypes: z.array(z.string()).default(['customer', 'salesorder', 'estimate']),
		restContext: z.boolean().default(false),
		wrongSecret: z.boolean().default(false),
		ageSeconds: z.number().default(0),
		copies: z.number().int().min(1).default(1),
	});
	return {
		/** Deploys the User Event script; one that is there for the same URL is replaced. */
		deployScript: action(options, (fields): Script => {
			const script = { ...fields, deliveries: [] };
			core.state.scripts = [...core.state.scripts.filter(({ url }) => url !== fields.url), script];
			return script;
		}),
	};
}

export function createActions(core: Core) {
	return { ...recordActions(core), ...accountActions(core), ...scriptActions(core) };
}
