"""All of them: a line for each adapter."""

from __future__ import annotations

from typing import Final

from tests.conformance.channel import ChannelSubject
from tests.conformance.kaleyra import KaleyraSubject
from tests.conformance.meta import MetaSubject
from tests.conformance.mojeeb import MojeebSubject
from tests.conformance.prelude import PreludeSubject
from tests.conformance.subject import Subject
from tests.conformance.twilio import TwilioSubject

SUBJECTS: Final[tuple[Subject, ...]] = (
    ChannelSubject(),
    KaleyraSubject(),
    MetaSubject(),
    MojeebSubject(),
    PreludeSubject(),
    TwilioSubject(),
)
