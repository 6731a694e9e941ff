/** A term that must not appear in prose, and its replacement. */
export interface Term {
  /** Matches the term. A space stands for any white space, including a line break inside a comment. */
  readonly pattern: string;
  /** The recommended terms. */
  readonly use: string;
}

/**
 * Terms with only one meaning in this project. A word that is also a field term elsewhere, such as
 * 'delivery' of mail, is left to the author.
 */
export const terms: readonly Term[] = [
  { pattern: 'leav(?:e|es|ing) out|left out', use: 'skip, exclude' },
  { pattern: 'withh(?:old|olds|olding|eld)', use: 'skip, exclude, quarantine' },
  { pattern: '(?:bring|brings|bringing|brought) (?:in|home)', use: 'import, install' },
  { pattern: '(?:take|takes|taking|took|taken) in', use: 'import, stage, accept' },
  { pattern: 'settl(?:e|es|ed|ing)', use: 'set ownership and permissions' },
  { pattern: '(?<!certificate )authorit(?:y|ies)', use: 'CA' },
  { pattern: 'certificates? ends?', use: 'the certificate expires' },
  { pattern: 'good for (?:another )?\\d+', use: 'valid for N more days' },
  { pattern: 'hops?', use: 'host-to-host proxying' },
  { pattern: 'barriers?', use: 'egress rule, firewall rule' },
  { pattern: 'admit(?:s|ted|ting)?|lets? in|letting in', use: 'add a member, accept' },
  { pattern: 'dismiss(?:es|ed|ing|al)?', use: 'remove a member' },
  { pattern: '(?:put|puts|putting) back', use: 'roll back, restore' },
  { pattern: 'anew', use: 'again; rebuild, recreate' },
  { pattern: 'in force', use: 'current, in use, in effect' },
  { pattern: 'by hand', use: 'manually' },
  { pattern: 'from one moment to the next', use: 'atomically' },
  { pattern: 'last good', use: 'last valid' },
  { pattern: 'jump ?box(?:es)?', use: 'control machine' },
  { pattern: 'mail routes?', use: 'forward' },
  { pattern: 'tid(?:y|ies|ied|ying)', use: 'compact, repack, clean up' },
  { pattern: 'culprits?', use: 'offender' },
  { pattern: 'mend(?:s|ed|ing)?', use: 'fix, repair, correct' },
  { pattern: 'whoever', use: "a noun, such as 'anyone who'" },
  { pattern: '(?:go|goes|going|went) on', use: 'continue, keep running' },
  { pattern: '(?:throw|throws|throwing|threw|thrown) away', use: 'delete, discard' },
  { pattern: 'in vain', use: 'without effect, without success' },
  { pattern: 'all the same', use: 'anyway, still' },
  { pattern: 'at work', use: 'in progress, running' },
  { pattern: 'as ssh takes it', use: 'as for ssh' },
  { pattern: '(?:get|gets|got|getting) hold of', use: 'obtain; control' },
  { pattern: 'no option', use: "Unknown option '--x'" },
  { pattern: 'see --help', use: "See 'COMMAND --help'" },
  { pattern: '(?:did|does) not arrive whole', use: 'arrived incomplete' },
  { pattern: '(?:is|are|was|were|be|been) said', use: 'is logged, is reported' },
  { pattern: '(?:is|are|was|were|be|been) told (?!apart)', use: 'receives, is notified' },
];
