/** A call that shows that an image of an app starts: what sites take at their next start. */
export interface AppTest {
  /** Without 'freehold/'. */
  readonly image: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** The lines Test= of an app's declaration: IMAGE PROGRAM ARGUMENT … */
export function parseAppTests(declaration: string): AppTest[] {
  return [...declaration.matchAll(/^Test=(.*)$/gm)].flatMap(([, line = '']) => {
    const [image, program, ...args] = line.split(' ').filter((word) => word !== '');
    return image === undefined || program === undefined ? [] : [{ image, program, args }];
  });
}
