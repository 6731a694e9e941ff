// For tests, preloaded by `node --import`: a clock that is so many milliseconds ahead of the machine's as
// TEST_CLOCK_SHIFT_MS says.
const shift = Number(process.env.TEST_CLOCK_SHIFT_MS ?? 0);
const MachineDate = Date;

class ShiftedDate extends MachineDate {
  constructor(...args: [] | [value: number | string | Date]) {
    super(args.length === 0 ? ShiftedDate.now() : args[0]);
  }

  static override now(): number {
    return MachineDate.now() + shift;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
