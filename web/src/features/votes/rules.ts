/** Which rules a meeting is offered: the one its type names, then those of the same body; the others only when they are asked for. */
import type { Meeting, VoteRule } from "$/api/types";

type Kind = VoteRule["kinds"][number];

/** "hdnd-election" is of "hdnd". */
const body = (id: string): string => id.split("-", 1)[0] ?? id;

export interface Offered {
  own: VoteRule[];
  others: VoteRule[];
}

export function offered(rules: readonly VoteRule[], meeting: { kind: Meeting["kind"]; sitting: Pick<Meeting["sitting"], "rule_pack"> }): Offered {
  const pack = meeting.sitting.rule_pack;
  const named = rules.some((rule) => rule.id === pack);
  const isOwn = (rule: VoteRule): boolean => (named ? body(rule.id) === body(pack) : rule.meetings.includes(meeting.kind));
  const own = rules.filter(isOwn).sort((a, b) => Number(b.id === pack) - Number(a.id === pack));
  return { own, others: rules.filter((rule) => !isOwn(rule)) };
}

/** The rule a vote of this kind begins with. */
export function firstFor(kind: Kind, { own, others }: Offered): VoteRule | undefined {
  return [...own, ...others].find((rule) => rule.kinds.includes(kind));
}
