import { z } from 'zod';

import { Failure, type FailureKind } from '../shared/failure';

/** One refusal as QuickBooks words it: `detail` is the useful text, `element` the field. */
export interface Fault {
	code: string;
	message: string;
	detail: string;
	element: string;
}

const text = z.union([z.string(), z.number()]).nullish().transform((value) => (value === null || value === undefined ? '' : String(value)));

const errors = z.array(
	z.object({ code: text, Message: text, Detail: text, element: text }).transform(({ code, Message, Detail, element }) => ({ code, message: Message, detail: Detail, element })),
);
const lowerErrors = z.array(z.object({ code: text, message: text, detail: text, element: text }));

/** Business faults are written `Fault.Error[]`, those of the gateway `fault.error[]`. */
const capitalised = z.object({ Fault: z.object({ Error: errors.min(1) }) });
const lowerCased = z.object({ fault: z.object({ error: lowerErrors.min(1) }) });

/** The first fault in an answer or a batch item, whatever the HTTP status: a 200 may hold one as well. */
export function faultOf(body: unknown): Fault | undefined {
	const business = capitalised.safeParse(body);
	if (business.success) return business.data.Fault.Error[0];
	const gateway = lowerCased.safeParse(body);
	return gateway.success ? gateway.data.fault.error[0] : undefined;
}

interface Meaning {
	kind: FailureKind;
	message: string;
	next: string;
}

/** Intuit's codes in words. Anything else is passed on as QuickBooks said it. */
const MEANINGS: Record<string, Meaning> = {
	'120': { kind: 'permission', message: 'The connected QuickBooks user has no access any more', next: 'Open the credential and connect again.' },
	'610': {
		kind: 'not-found',
		message: 'QuickBooks does not have something the document names',
		next: 'It was made inactive or deleted: choose another in the options or the line mapping, or correct the external mapping.',
	},
	'2500': {
		kind: 'not-found',
		message: 'QuickBooks does not know a reference of the document',
		next: 'Check the item, tax code, class, location, terms and customer in the options, the line mapping and the external mappings; IDs belong to one company.',
	},
	'3001': { kind: 'throttled', message: 'QuickBooks is receiving too many requests', next: 'It takes 500 a minute per company. Wait a minute, then send again.' },
	'3100': { kind: 'permission', message: 'The sign-in is for another QuickBooks company', next: "Correct 'Company ID' in the credential, or connect that company." },
	'3200': { kind: 'sign-in', message: 'QuickBooks did not accept the sign-in', next: 'Open the credential and connect again.' },
	'5010': { kind: 'conflict', message: 'Somebody else is changing the QuickBooks document at this moment', next: 'Send the bill again.' },
	'6070': { kind: 'refused', message: 'A line amount is not its quantity times its price', next: "Set the option 'Quantity' to 'One'." },
	'6140': { kind: 'conflict', message: 'The document number is taken in QuickBooks', next: "Change that document's number, or choose another 'Document Number' in the options." },
	'6190': { kind: 'permission', message: 'The QuickBooks subscription of the company has ended', next: 'Renew it in QuickBooks.' },
	'6210': { kind: 'locked', message: 'The books are closed for this date', next: "Move the closing date in QuickBooks, or choose a later date in 'Invoice Date'." },
	'6240': { kind: 'conflict', message: 'The name is already used in QuickBooks', next: 'Customers, vendors and employees share one list of names.' },
	'6520': { kind: 'refused', message: 'The item needs a quantity', next: 'Use a service or non-inventory item for usage.' },
};

const NEEDS_TAX_CODE = /tax (rate|code)|VAT|GST/i;

/**
 * A fault as a {@link Failure}; the description names what QuickBooks said and what to do next.
 * @param where the request, for the description
 */
export function failureOf(fault: Fault, status: number, where: string): Failure {
	const meaning = meaningOf(fault, status);
	const said = [fault.detail || fault.message || `HTTP ${status}`, fault.element ? `(field ${fault.element})` : '', fault.code ? `(code ${fault.code})` : ''];
	return new Failure(meaning.kind, meaning.message, {
		description: `${where}: ${said.filter((part) => part !== '').join(' ')}. ${meaning.next}`.replace(/\.\. /, '. ').trim(),
		status,
		code: fault.code,
	});
}

function meaningOf(fault: Fault, status: number): Meaning {
	// Older answers give a duplicate number the code of closed books.
	const known = MEANINGS[fault.code === '6210' && /duplicate/i.test(fault.detail) ? '6140' : fault.code];
	if (known !== undefined) return known;
	if (fault.code === '6000' && NEEDS_TAX_CODE.test(fault.detail)) {
		return { kind: 'refused', message: 'QuickBooks needs a tax code on every line', next: "Choose one in the option 'Tax Code', or per line in 'Line Mapping'." };
	}
	if (status === 401) return MEANINGS['3200'];
	if (status === 403) return { kind: 'permission', message: 'QuickBooks does not allow this', next: 'Check what the connected user may do, then connect again.' };
	if (status === 404) return { kind: 'not-found', message: 'QuickBooks does not have this', next: "Check the credential's environment and company." };
	if (status === 429) return MEANINGS['3001'];
	if (status >= 500) return { kind: 'unavailable', message: 'QuickBooks is not available at the moment', next: 'Send again later.' };
	return { kind: 'refused', message: 'QuickBooks refused the request', next: '' };
}

/** Which document holds the number that was refused as a duplicate: Intuit names it at the end of the text. */
export function holderOfNumber(failure: Failure): { type: string; id: string } | undefined {
	const match = /TxnType=(\w+) with TxnId=(\w+)/.exec(failure.description ?? '');
	return match === null ? undefined : { type: match[1], id: match[2] };
}
