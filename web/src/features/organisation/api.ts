/** The routes of administering units, accounts and the log of sign-ins. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { Uuid } from "$/api/types";

type Schemas = components["schemas"];
export type AdminUnit = Schemas["AdminUnit"];
export type Account = Schemas["Account"];
export type NewAccountWish = Schemas["NewPersonAccount"];
export type CallRule = Schemas["CallRule"];
export type SignIn = Schemas["SignIn"];
export type WayIn = Schemas["WayIn"];

const at = "/api/organisation";
export const readUnits = (): Promise<AdminUnit[]> => ask(`${at}/units`);
export const makeUnit = (wish: Schemas["NewUnit"]): Promise<AdminUnit> => ask(`${at}/units`, { method: "POST", body: wish });
export const changeUnit = (id: Uuid, change: Partial<Pick<AdminUnit, "name" | "kind"> & { parent_id: Uuid; closed: boolean }>): Promise<AdminUnit> => ask(`${at}/units/${id}`, { method: "PATCH", body: change });
export const deleteUnit = (id: Uuid): Promise<unknown> => ask(`${at}/units/${id}`, { method: "DELETE" });

export const readAccounts = (q: string, unit: string, active: string): Promise<Account[]> => {
  const query = new URLSearchParams({ q, ...(unit ? { unit_id: unit } : {}), ...(active ? { active } : {}) });
  return ask(`${at}/accounts?${query}`);
};
export const makeAccount = (wish: NewAccountWish): Promise<Account> => ask(`${at}/accounts`, { method: "POST", body: wish });
export const changeAccount = (id: Uuid, change: Schemas["ChangedAccount"]): Promise<Account> => ask(`${at}/accounts/${id}`, { method: "PATCH", body: change });
export const deleteAccount = (id: Uuid): Promise<unknown> => ask(`${at}/accounts/${id}`, { method: "DELETE" });
export const wayIn = (id: Uuid, reset: boolean): Promise<WayIn> => ask(`${at}/accounts/${id}/${reset ? "reset" : "way-in"}`, { method: "POST" });

export const readCallRules = (unit: Uuid): Promise<CallRule[]> => ask(`/api/units/${unit}/call-rules`);
export const changeCallRule = (unit: Uuid, kind: CallRule["kind"], said: Schemas["ChangedCallRule"]): Promise<CallRule> => ask(`/api/units/${unit}/call-rules/${kind}`, { method: "PUT", body: said });

export const readSignIns = (query: URLSearchParams): Promise<SignIn[]> => ask(`${at}/sign-ins?${query}`);
export const deleteSignIns = (before: string): Promise<{ entries: number }> => ask(`${at}/sign-ins?before=${encodeURIComponent(before)}`, { method: "DELETE" });

export const ownAccount = (): Promise<{ has_password: boolean }> => ask("/api/me/account");
export const setOwnPassword = (wish: { old: string; new: string }): Promise<unknown> => ask("/api/me/password", { method: "PUT", body: wish });

/** Each unit under its parent, with how deep it stands; what has no parent here comes first. */
export function inTree(units: readonly AdminUnit[]): { unit: AdminUnit; depth: number }[] {
  const known = new Set(units.map((one) => one.id));
  const below = (parent: Uuid | null, depth: number): { unit: AdminUnit; depth: number }[] =>
    units.filter((one) => (one.parent_id !== null && known.has(one.parent_id) ? one.parent_id : null) === parent).flatMap((unit) => [{ unit, depth }, ...below(unit.id, depth + 1)]);
  return below(null, 0);
}
