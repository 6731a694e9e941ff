/** A sentence for the operator; a failure is the reason why something is not restored. */
export interface Notice {
  readonly sentence: string;
  readonly kind?: 'failure';
}

export const failure = (sentence: string): Notice => ({ sentence, kind: 'failure' });
