import type { BillJob } from '../M3ter/billTarget';
import type { DocumentType } from './api';
import { currencyId, type Facts } from './facts';
import { isHidden, sameField } from './lines';
import type { Fields, NetSuiteBillOptions } from './options';
import { memoText, noteOf } from './origin';
import type { NetSuiteDocument } from './schemas';

const MAX_NUMBER = 45;

export interface Header {
	/** What cannot be changed afterwards, or NetSuite decides from then on. */
	onCreate: Fields;
	/** What is kept equal to the bill. */
	always: Fields;
}

const ref = (id: string | undefined) => (id === undefined ? undefined : { id });

const given = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Everything on the document but its lines, approval and memo. */
export function headerOf({ draft, customerId }: BillJob, type: DocumentType, day: string | undefined, options: NetSuiteBillOptions, facts: Facts): Header {
	const { department, classId, location } = options.lineDefaults;
	return {
		onCreate: given({
			entity: { id: customerId },
			subsidiary: ref(options.subsidiary),
			currency: ref(currencyId(facts, draft.currency)),
			tranId: options.numbering === 'bill' ? draft.number?.slice(0, MAX_NUMBER) : undefined,
		}),
		always: given({
			tranDate: day,
			// Payment terms decide the due date, and only invoices have one.
			dueDate: type === 'invoice' && options.terms === undefined ? draft.dueDate : undefined,
			terms: type === 'creditMemo' ? undefined : ref(options.terms),
			otherRefNum: draft.purchaseOrder?.slice(0, MAX_NUMBER),
			department: ref(department),
			class: ref(classId),
			location: ref(location),
			...options.bodyFields,
		}),
	};
}

/** Whether a document's header is no longer what the bill and the options say. */
export function headerDiffers(document: NetSuiteDocument, always: Fields, { memo, bodyFields }: NetSuiteBillOptions): boolean {
	const shown: Fields = document;
	const changed = Object.entries(always).some(([field, value]) => !isHidden(shown, field, bodyFields) && !sameField(shown[field], value));
	return changed || noteOf(document.memo) === undefined || memoText(document.memo) !== memo.trim();
}
