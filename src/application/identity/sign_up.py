"""Sign up: a new organization and its owner."""

from dataclasses import dataclass

from application.identity.ports import BeginIdentity, Passwords
from application.shared.caller import ANONYMOUS, Caller
from application.shared.ports import IdFactory
from domain.identity.member import Member
from domain.identity.organization import Organization
from domain.identity.passwords import NewPassword
from domain.identity.roles import Role
from domain.ids import MemberId, OrganizationId
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    request_id: str
    name: str
    slug: str
    currency: Currency
    sandbox: bool
    owner_email: str
    owner_name: str
    password: NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    organization: Organization
    member: Member


@dataclass(frozen=True, slots=True)
class SignUpHandler:
    """Raises: Taken (slug)."""

    begin: BeginIdentity
    new_id: IdFactory
    passwords: Passwords

    async def __call__(self, command: SignUp) -> SignedUp:
        password_hash = await self.passwords.hash(command.password.text)
        organization_id = OrganizationId(self.new_id())
        caller = Caller(organization=organization_id, principal=ANONYMOUS, request_id=command.request_id)
        async with self.begin(caller) as work:
            await work.look()
            organization = Organization(
                id=organization_id,
                name=command.name,
                slug=command.slug,
                currency=command.currency,
                sandbox=command.sandbox,
                created_at=work.now(),
            )
            owner = Member.join(
                MemberId(self.new_id()),
                email=command.owner_email,
                name=command.owner_name,
                role=Role.OWNER,
                password_hash=password_hash,
                at=work.now(),
            )
            work.organizations.found(organization, owner)
            return await work.commit(SignedUp(organization=organization, member=owner))
