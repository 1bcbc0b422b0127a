"""Pressed: which test presses which key, and chooses what from the palette."""

from collections.abc import Mapping
from typing import NamedTuple


class Pressed(NamedTuple):
    """The name of what a key does, and the key; or `palette`, and whose offer was chosen."""

    name: str
    key: str


_PRESSED: Mapping[str, str] = {
    "test_a_filter_acts_while_it_is_typed": "filter.clear:escape filter.leave:down",
    "test_a_list_is_gone_through": "list.last:end list.page-down:ctrl+f list.page-up:ctrl+b list.up:up",
    "test_a_moment_is_typed": "form.leave:escape moment.to:at",
    "test_a_profile_a_page_and_a_theme_are_chosen": "app.palette:colon palette:Keys palette:Profiles palette:Themes",
    "test_a_profile_is_chosen": "chaos.profile:o",
    "test_a_queue_is_made_looked_into_and_purged": (
        "confirm.yes:y integrations.other:tab messages.again:r messages.leave:escape page.integrations:4 "
        "queues.new:n queues.peek:enter queues.purge:x"
    ),
    "test_a_rule_is_typed_and_what_is_wrong_is_shown_under_its_word": "rules.new:n",
    "test_a_saved_journal_is_shown_and_offers_nothing_that_changes_it": "chaos.other:tab",
    "test_a_scenario_is_played_on_this_server": "palette:Scenarios",
    "test_a_text_is_found_and_gone_on_to_from_place_to_place": (
        "detail.find:slash detail.next-hit:n detail.previous-hit:N find.leave:escape"
    ),
    "test_all_are_paused_or_one": "chaos.pause:p chaos.pause-one:P",
    "test_an_event_is_triggered_and_why_nobody_hears_of_it_is_told": "app.events:T app.palette:ctrl+p palette:Events",
    "test_an_export_can_be_given_up": "deliveries.export:x progress.cancel:escape",
    "test_an_integration_is_changed_and_its_secret_is_neither_shown_nor_lost": (
        "integrations.edit:e integrations.edit:enter"
    ),
    "test_enter_opens_it_keys_turn_its_tabs_and_escape_closes_it": (
        "deliveries.tab-left:left_square_bracket deliveries.tab-right:right_square_bracket "
        "detail.close:escape detail.tab-left:left"
    ),
    "test_escape_from_a_choice_sends_nothing": "choice.cancel:escape deliveries.resend:R",
    "test_events_that_nobody_is_sent_are_there_too_and_lead_to_the_tree": (
        "deliveries.filter:slash filter.keep:enter timeline.delivery:enter timeline.right:right"
    ),
    "test_help_shows_the_keys_of_the_page_and_closes": (
        "app.help:question_mark app.help:f1 help.close:escape help.close:question_mark help.close:q"
    ),
    "test_it_follows_the_cursor_and_stays_when_news_come": (
        "deliveries.above:K deliveries.above:shift+up deliveries.below:J deliveries.below:shift+down"
    ),
    "test_it_scrolls_where_there_is_little_room": (
        "overview.down:down overview.down:j overview.first:g overview.first:home overview.last:G "
        "overview.last:end overview.page-down:ctrl+f overview.page-down:pagedown overview.page-up:ctrl+b "
        "overview.page-up:pageup overview.up:k overview.up:up page.overview:3"
    ),
    "test_left_and_right_step_through_time_and_tab_goes_to_another_lane": (
        "timeline.lane:tab timeline.lane-before:shift+tab"
    ),
    "test_lines_fold_and_are_copied": (
        "deliveries.open:enter detail.copy-path:C detail.copy-value:c detail.fold:enter detail.fold:space "
        "detail.fold-all:minus detail.unfold-all:equals_sign detail.unfold-all:plus list.down:down "
        "list.down:j list.first:g list.first:home list.last:G list.page-down:pagedown list.page-up:pageup "
        "list.up:k"
    ),
    "test_messages_are_left_with_either_key": "messages.leave:q",
    "test_one_beyond_the_quotas_may_observe_globs_and_says_what_production_asks_for": (
        "form.save:ctrl+s form.tick:space integrations.new:n"
    ),
    "test_one_is_paused_and_resumed": "integrations.pause:p",
    "test_one_is_released_or_all_that_are_held_by_hand": "held.all:R held.one:r",
    "test_q_quits": "app.quit:q",
    "test_records_events_seconds_minutes_and_ends": (
        "moment.10s-back:left_curly_bracket moment.10s-on:right_curly_bracket moment.1m-back:left_parenthesis "
        "moment.1m-on:right_parenthesis moment.back:comma moment.end:dollar_sign "
        "moment.event-back:less_than_sign moment.event-on:greater_than_sign moment.on:full_stop "
        "moment.start:circumflex_accent"
    ),
    "test_resources_are_listed_by_trouble_and_chosen_with_up_and_down": (
        "page.timeline:2 timeline.all-resources:g timeline.all-resources:home timeline.down:down "
        "timeline.down:j timeline.last-resource:G timeline.last-resource:end timeline.page-down:ctrl+f "
        "timeline.page-down:pagedown timeline.page-up:ctrl+b timeline.page-up:pageup timeline.up:k "
        "timeline.up:up"
    ),
    "test_rules_have_a_switch_each_and_can_be_removed": "rules.remove:d rules.toggle:space",
    "test_scaled_time_goes_faster_and_slower": "chaos.speed:S",
    "test_space_disables_and_enables_also_an_organizations": "integrations.toggle:space",
    "test_the_clock_goes_faster_with_either_key": "chaos.faster:equals_sign chaos.faster:plus chaos.slower:minus",
    "test_the_table_moves_and_follows": (
        "deliveries.follow:f page.deliveries:1 table.down:down table.down:j table.first:g table.first:home "
        "table.last:G table.last:end table.page-down:ctrl+f table.page-down:pagedown table.page-up:ctrl+b "
        "table.page-up:pageup table.up:k table.up:up"
    ),
    "test_two_that_are_marked_are_compared": "deliveries.diff:d",
    "test_virtual_time_is_advanced_and_settles": "chaos.advance:a chaos.settle:s",
    "test_w_goes_to_why_and_the_trees_lines_have_their_details": (
        "deliveries.escape:escape deliveries.fold:space deliveries.left:left deliveries.right:right "
        "deliveries.tree:t deliveries.why:w"
    ),
    "test_what_is_asked_and_what_is_read_can_be_left": (
        "deliveries.curl:y deliveries.fixture:s question.cancel:escape reading.close:escape reading.close:q"
    ),
    "test_what_is_held_is_put_in_order_by_hand_and_released_so": (
        "chaos.hold:h chaos.unhold:u held.down:J held.down:shift+down held.in-order:enter held.up:K "
        "held.up:shift+up page.chaos:5"
    ),
    "test_what_others_wrote_does_not_reach_the_terminal": "detail.tab-right:right",
    "test_what_the_server_refuses_is_said_in_its_sentence": "deliveries.retry:r",
    "test_where_the_clipboard_is_out_of_reach_the_command_is_shown": "reading.copy:y",
    "test_wrong_json_is_opened_again_at_its_line": "deliveries.edit:e",
    "test_y_copies_a_command_that_sends_the_same": "detail.secret:u",
    "test_yes_and_no_have_two_keys_each": "confirm.no:escape confirm.no:n confirm.yes:enter integrations.delete:d",
    "test_z_freezes_all_that_are_marked": "deliveries.freeze:z deliveries.mark:m",
    "test_zoom_pan_all_and_follow": (
        "timeline.earlier:h timeline.earlier:shift+left timeline.follow:f timeline.later:l "
        "timeline.later:shift+right timeline.left:left timeline.whole:0 timeline.zoom-in:equals_sign "
        "timeline.zoom-in:plus timeline.zoom-out:minus"
    ),
}
"""By the name of the test, `name:key`; every case of it presses all of them."""

PRESSED: Mapping[str, frozenset[Pressed]] = {
    test: frozenset(Pressed(*word.split(":")) for word in words.split()) for test, words in _PRESSED.items()
}
"""What each of these tests has to press, or it fails."""
