/** `withdraw`: shows what would be taken back, and takes it back. @module */
import { print, printJson, status } from "../console.ts";
import type { House } from "../house/house.ts";
import { isWithdrawalGood, type WithdrawOptions } from "../house/withdraw.ts";

/** Exit status 1 if nothing is found, or something of it could not be taken back. */
export async function runWithdraw(
  house: House,
  options: WithdrawOptions,
  { json }: { readonly json: boolean },
): Promise<number> {
  const report = await house.withdraw(options);
  status.clear();
  if (json) printJson(report);
  else print(String(report));
  return isWithdrawalGood(report) ? 0 : 1;
}
