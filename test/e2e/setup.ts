/* eslint-disable @n8n/community-nodes/no-restricted-globals, no-console -- test code, never shipped */
import { ensureN8n } from '../host/install';
import { packPackage } from '../host/pack';

/** Runs once before all end-to-end files: builds and packs the package, installs n8n when it is not in the cache. */
export default async function setup(): Promise<void> {
	const onProgress = (line: string) => console.log(line);
	const { tarball } = await packPackage(onProgress);
	await ensureN8n({ onProgress });
	process.env.M3TER_TARBALL = tarball;
}
