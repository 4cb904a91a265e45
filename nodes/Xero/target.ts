import type { IExecuteFunctions } from 'n8n-workflow';

import type { BillJob, BillTarget } from '../M3ter/billTarget';
import { settled } from '../n8n/errors';
import { Failure } from '../shared/failure';
import { isIsoCurrency, isoDecimals } from '../shared/money';
import type { PreviewResult, SendResult } from '../shared/sendResult';
import { xeroApi, type XeroApi } from './api';
import type { SalesTerm } from './dates';
import type { Facts } from './header';
import { DECIMALS } from './lines';
import { isUuid, readXeroBillOptions } from './options';
import { organisationChoice } from './organisation';
import { idleResult, newWork, planAll, sendDocuments, type BillWork } from './send';
import { contactSchema, organisationSchema } from './schemas';

/** Xero as a receiver of bills: invoices and credit notes, 50 to a request. */
export async function xeroTarget(context: IExecuteFunctions): Promise<BillTarget> {
	const api = await xeroApi(context, organisationChoice(context));

	async function prepare(jobs: readonly BillJob[]): Promise<{ works: BillWork[]; facts: Facts }> {
		const works = jobs.map((job) => newWork(job, readXeroBillOptions(context, job.itemIndex)));
		for (const work of works) if (!isUuid(work.job.customerId)) work.outcome = noContactId(work.job);
		const facts = await readFacts(api, works);
		for (const work of works) work.calls = api.calls;
		return { works, facts };
	}

	/** Plans only, for what writes nothing. */
	async function planned(jobs: readonly BillJob[], toResult: (work: BillWork, plan: Plan, facts: Facts) => PreviewResult | SendResult, change: Partial<BillWork['options']> = {}) {
		const { works, facts } = await prepare(jobs);
		for (const work of works) Object.assign(work.options, change);
		const plans = await planAll(api, works.filter(({ outcome }) => outcome === undefined), facts);
		return works.map((work) => {
			const plan = plans.get(work);
			return plan === undefined ? outcomeOf(work) : toResult(work, plan, facts);
		});
	}

	return {
		system: 'Xero',
		customerTable: 'Contact',
		documentTable: 'Invoice',
		decimals: xeroDecimals,
		send: async (jobs) => {
			const { works, facts } = await prepare(jobs);
			await sendDocuments(api, works, facts, context.getExecutionId());
			return works.map(outcomeOf);
		},
		preview: async (jobs) => (await planned(jobs, previewOf)) as Array<PreviewResult | Failure>,
		status: async (jobs) => await planned(jobs, statusOf, { whenLocked: 'report', whenRemoved: 'recreate', status: 'DRAFT', whenPeriodLocked: 'firstOpenDay' }),
	};
}

type Plan = Parameters<typeof idleResult>[1];

const outcomeOf = ({ outcome }: BillWork): SendResult | Failure => outcome ?? new Failure('conflict', 'No outcome was reached for this bill');

function previewOf(work: BillWork, plan: Plan, facts: Facts): PreviewResult {
	const action = plan.document === undefined && plan.writes.some(({ method }) => method === 'PUT') ? 'created' : 'updated';
	const result = idleResult(work, plan, facts);
	const requests = plan.writes.map(({ method, resource, body }) => ({ method, path: `/${resource}?summarizeErrors=false&unitdp=4`, body: { [resource]: [body] } }));
	return { ...result, action: plan.idle ? result.action : action, requests };
}

function statusOf(work: BillWork, plan: Plan, facts: Facts): SendResult {
	const asItIs = idleResult(work, { ...plan, after: plan.current }, facts);
	if (plan.idle) return plan.idle === 'skipped' ? { ...asItIs, warnings: ['There is no document for this bill.'] } : asItIs;
	if (plan.document === undefined) return { ...asItIs, action: 'skipped', warnings: ['There is no document for this bill yet.'] };
	return { ...asItIs, action: 'updated', warnings: ['The document differs from the bill.'] };
}

/** @throws Failure `invalid-input` for codes that are not ISO currencies */
function xeroDecimals(currency: string): number {
	if (isIsoCurrency(currency)) return Math.min(isoDecimals(currency), DECIMALS);
	throw new Failure('invalid-input', 'Xero cannot invoice in this currency', {
		description: `"${currency}" is not an ISO 4217 currency. Bill the account in a real currency in m3ter.`,
	});
}

const noContactId = ({ bill, account, customerId }: BillJob) =>
	new Failure('invalid-input', 'The Xero contact ID is not valid', {
		description: `Bill ${bill.id} of account ${account.code}: "${customerId}" is no ContactID such as 3f1b6c1e-0d7a-4a55-9a55-0a1b2c3d4e5f. It stands in the address of the contact's page in Xero.`,
	});

/** The organisation once per run, and the payment terms of contacts whose bills have no due date but need one. */
async function readFacts(api: XeroApi, works: readonly BillWork[]): Promise<Facts> {
	const organisation = await settled(async () => (await api.all('Organisation', 'Organisations', organisationSchema))[0]);
	// Without the scope accounting.settings there are no lock dates, terms and deep links; the bills can be sent all the same.
	if (organisation instanceof Failure && organisation.kind !== 'permission') throw organisation;
	const needed = works.filter(({ job, options, outcome }) => outcome === undefined && options.status !== 'DRAFT' && job.draft.dueDate === undefined);
	const contacts = needed.length === 0 ? [] : await api.listByValues('Contacts', contactSchema, 'IDs', needed.map(({ job }) => job.customerId));
	const terms = contacts.flatMap(({ ContactID, PaymentTerms }) => (PaymentTerms?.Sales ? [[ContactID, PaymentTerms.Sales] as [string, SalesTerm]] : []));
	return { organisation: organisation instanceof Failure ? {} : organisation, terms: new Map(terms), today: new Date().toISOString().slice(0, 10) };
}
