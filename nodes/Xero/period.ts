import type { BillJob } from '../M3ter/billTarget';
import { Failure } from '../shared/failure';
import { xeroDay } from './dates';
import type { XeroDocument } from './documents';
import type { Facts } from './header';
import type { XeroBillOptions } from './options';

/** The last day of the organisation's locked periods; empty when none is locked. */
const lockDate = ({ organisation }: Facts): string =>
	[organisation.PeriodLockDate, organisation.EndOfYearLockDate].map((day) => xeroDay(undefined, day) ?? '').sort().at(-1) ?? '';

/** Up to when the period is locked that an approved document lies in, so that Xero takes no change of it. Drafts may still be moved out. */
export function lockedUntil({ status, date }: XeroDocument, facts: Facts): string | undefined {
	const lock = lockDate(facts);
	return status === 'AUTHORISED' && date !== undefined && date <= lock ? lock : undefined;
}

/** The day of a document while nothing else of it has to be written: one that lies in a locked period, or was moved out of it, stays. */
export function dateToKeep({ draft: { issueDate } }: BillJob, target: XeroDocument | undefined, facts: Facts): string | undefined {
	if (target?.date === undefined) return issueDate;
	const isLocked = issueDate !== undefined && issueDate <= lockDate(facts);
	return issueDate === undefined || (isLocked && target.date >= issueDate) ? target.date : issueDate;
}

/** The day to write: moved out of locked periods if that is allowed. Undefined = Xero's today. */
export function dateToWrite(job: BillJob, target: XeroDocument | undefined, options: XeroBillOptions, facts: Facts): string | undefined {
	const date = dateToKeep(job, target, facts);
	return date === undefined || options.whenPeriodLocked === 'fail' ? date : openDay(date, facts);
}

/** The day itself, or the first one after the locked periods. */
export function openDay(date: string, facts: Facts): string {
	const lock = lockDate(facts);
	return date > lock ? date : new Date(Date.parse(`${lock}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** @throws Failure `locked` when the document would be written into a locked period */
export function checkPeriod({ bill }: BillJob, date: string | undefined, facts: Facts): void {
	const lock = lockDate(facts);
	if (date === undefined || date > lock) return;
	throw new Failure('locked', 'The period of this bill is locked in Xero', {
		description: `Bill ${bill.id} is dated ${date}; ${facts.organisation.Name ?? 'the organisation'} is locked up to ${lock}. Choose another 'Invoice Date', or set 'When Period Is Locked' to 'First Open Day'.`,
	});
}
