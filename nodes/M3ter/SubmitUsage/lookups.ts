import { settled } from '../../n8n/errors';
import { chunk } from '../../shared/batching';
import { Failure } from '../../shared/failure';
import type { MeterFields } from '../../shared/measurement';
import { IDS_PER_CALL, type M3terApi } from '../api';
import { isAboutContent } from '../ingest';
import { accountSchema, meterSchema } from '../schemas';
import { fieldsOf } from './meterFields';

/** Answers remembered of each kind; beyond that they are forgotten and asked for again, so that memory stays bounded. */
export const MAX_REMEMBERED = 100_000;

/** A text that does not keep alive the large piece of file it was cut from. */
export const detached = (text: string): string => Buffer.from(text).toString();

type Answers<T> = Map<string, T | Failure | undefined>;

/**
 * Asks for many codes together. One that m3ter, or the firewall before it, refuses for what it is fails alone: it is found
 * by halving. Undefined for what m3ter does not have.
 * @throws Failure when m3ter cannot be asked
 */
export async function askFor<T>(codes: readonly string[], ask: (codes: readonly string[]) => Promise<ReadonlyMap<string, T>>): Promise<Answers<T>> {
	const answers: Answers<T> = new Map();
	const askSome = async (some: readonly string[]): Promise<void> => {
		const found = await settled(async () => await ask(some));
		if (!(found instanceof Failure)) for (const code of some) answers.set(code, found.get(code));
		else if (!isAboutContent(found)) throw found;
		else if (some.length === 1) answers.set(some[0], notAskable(some[0], found));
		else for (const half of chunk(some, Math.ceil(some.length / 2))) await askSome(half);
	};
	await Promise.all(chunk(codes, IDS_PER_CALL).map(askSome));
	return answers;
}

const notAskable = (code: string, { status, description, message }: Failure) =>
	new Failure('invalid-input', 'The code cannot be looked up', { status, description: `"${code}" cannot be looked up. ${description ?? message}` });

/** Which of these account codes exist, exactly as written. */
export async function existingAccounts(api: M3terApi, codes: readonly string[]): Promise<Map<string, true>> {
	const rows = await api.listByValues('/accounts', accountSchema, 'codes', codes);
	return new Map(rows.map(({ code }) => [code, true]));
}

/** The meters with these codes, by code. */
export async function readMeters(api: M3terApi, codes: readonly string[]): Promise<Map<string, MeterFields>> {
	const rows = await api.listByValues('/meters', meterSchema, 'codes', codes);
	return new Map(rows.map((meter) => [meter.code, fieldsOf(meter)]));
}
