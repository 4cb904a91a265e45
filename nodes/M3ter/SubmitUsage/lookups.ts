import type { MeterFields } from '../../shared/measurement';
import type { M3terApi } from '../api';
import { accountSchema, meterSchema } from '../schemas';
import { fieldsOf } from './meterFields';

/** Answers remembered of each kind; beyond that they are forgotten and asked for again, so that memory stays bounded. */
export const MAX_REMEMBERED = 100_000;

/** A text that does not keep alive the large piece of file it was cut from. */
export const detached = (text: string): string => Buffer.from(text).toString();

/** Which of these account codes exist, exactly as written. */
export async function existingAccounts(api: M3terApi, codes: readonly string[]): Promise<Set<string>> {
	const rows = await api.listByValues('/accounts', accountSchema, 'codes', codes);
	return new Set(rows.map(({ code }) => code));
}

/** The meters with these codes, by code. */
export async function readMeters(api: M3terApi, codes: readonly string[]): Promise<Map<string, MeterFields>> {
	const rows = await api.listByValues('/meters', meterSchema, 'codes', codes);
	return new Map(rows.map((meter) => [meter.code, fieldsOf(meter)]));
}
