import { mkdirSync, statSync } from 'node:fs';
import { StartError } from './start-error.ts';

/** The folder that `--data` names, made where it is missing. @throws StartError */
export function dataFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'EEXIST' && statSync(path).isFile()
        ? `--data must name a folder, and ${path} is a file`
        : `--data: the folder ${path} cannot be made (${code})`,
    );
  }
  return path;
}
