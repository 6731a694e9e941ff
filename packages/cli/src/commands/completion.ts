import { FreeholdError } from '@freehold/core/error';
import type { CommandSpec } from '../command.ts';
import { completionScripts, shells } from '../completion-scripts.ts';

export const completionCommands: readonly CommandSpec[] = [
  {
    path: 'completion',
    summary: 'Prints a script that completes freehold in bash, zsh or fish',
    description: 'On a host, setup.sh has installed it for all three.',
    args: [{ name: 'SHELL', meaning: 'bash, zsh or fish', completes: shells }],
    examples: [
      { command: 'source <(freehold completion bash)', meaning: 'in ~/.bashrc' },
      { command: 'source <(freehold completion zsh)', meaning: 'in ~/.zshrc, after compinit' },
      { command: 'freehold completion fish | source', meaning: 'in ~/.config/fish/config.fish' },
    ],
    does: {
      change: async ({ args }) => {
        const shell = shells.find((one) => one === args[0]);
        if (shell === undefined) {
          throw new FreeholdError(`'${args[0]}' is not a supported shell: use bash, zsh or fish.`, {
            code: 'usage',
          });
        }
        process.stdout.write(completionScripts[shell]);
      },
    },
  },
];
