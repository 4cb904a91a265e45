/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import path from 'node:path';

/** How to start npm: the very npm that started us when there is one, else the one on the PATH. */
export function npmCommand(): { command: string; prefix: string[] } {
	const script = process.env.npm_execpath;
	if (script && path.basename(script) === 'npm-cli.js') return { command: process.execPath, prefix: [script] };
	return { command: 'npm', prefix: [] };
}
