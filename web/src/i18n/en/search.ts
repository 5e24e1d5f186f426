import type { search as source } from "../vi/search";

export const search: Record<keyof typeof source, string> = {
  title: "Search the meetings",
  field: "Search by meaning, words or document number",
  placeholder: "For example: waste fee for each household",
  first_title: "Ask in your own words",
  first_text: "The search goes by meaning and needs no exact words. Typing without diacritics works; a number such as 28/2024/QĐ-UBND finds that document.",
  examples: "Try",
  example_1: "người dân phải đóng bao nhiêu tiền rác",
  example_2: "sua chua truong hoc truoc nam hoc moi",
  example_3: "28/2024/QĐ-UBND",
  none_title: "No passage found",
  none_text: "Try other or fewer words, or take a filter away. Only meetings you may read are searched.",
  clear_filters: "Clear filters",
  found: "{n} best {n|passage|passages}",
  results: "Results",
  searching: "Searching…",
  more: "Show more",
  keys: "Use ↓ ↑ to choose and Enter to open.",

  restored: "Diacritics added:",
  as_typed: "Search exactly as typed",
  not_restored: "Searching exactly as typed.",
  restore_again: "Add diacritics",

  why_meaning: "Same meaning",
  why_word: "Has the words",
  why_number: "Document number",

  kind_title: "Meeting",
  kind_agenda: "Agenda",
  kind_minutes: "Minutes",
  kind_conclusion: "Conclusion",
  kind_resolution: "Resolution or decision",
  kind_transcript: "Captions",

  year: "Year",
  any_year: "Any year",
  unit: "Unit",
  any_unit: "Any unit",
  kind: "Kind",
  any_kind: "Any kind",

  loading: "Search by meaning is being prepared ({n} %). These results go by words and numbers and will be completed.",
  missing: "This server cannot search by meaning yet. Results go by words and document numbers.",

  found_passage: "Found passage",
  found_in: "Found passage · {kind}",
  back_to_results: "Back to the results",
  close_passage: "Close",
  passage_gone: "This passage is gone, or you may no longer read it.",
  passage_shown: "The meeting was opened at the found passage",
};
