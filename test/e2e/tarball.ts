/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */

/** The tarball that the set-up packed for all end-to-end files. */
export function tarball(): string {
	const file = process.env.M3TER_TARBALL;
	if (!file) throw new Error('M3TER_TARBALL is not set: run these tests with "npm run test:e2e"');
	return file;
}
