"""Add a member, with a first password and a role."""

from dataclasses import dataclass

from application.identity.callers import role_of
from application.identity.ports import BeginIdentity, Passwords
from application.shared.caller import Caller
from application.shared.ports import Clock, IdFactory
from domain.identity.member import Member, check_grant
from domain.identity.passwords import NewPassword
from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId
from domain.shared.errors import RulesBroken, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember:
    """`customer_id` is the record that a customer acts for; no other role has one."""

    caller: Caller
    email: str
    name: str
    password: NewPassword
    role: Role
    customer_id: CustomerId | None = None


@dataclass(frozen=True, slots=True)
class AddMemberHandler:
    """Raises: PermissionMissing, when only an owner may; RulesBroken (customer-…); Taken (email)."""

    begin: BeginIdentity
    new_id: IdFactory
    clock: Clock
    passwords: Passwords

    async def __call__(self, command: AddMember) -> Member:
        check_grant(command.role, command.customer_id, by=role_of(command.caller))
        password_hash = await self.passwords.hash(command.password.text)
        async with self.begin(command.caller) as work:
            customer = command.customer_id
            if customer is None:
                await work.look()
            elif not await work.members.customer_exists(customer):
                raise RulesBroken(
                    (Violation("/customerId", "customer-not-found", f"There is no customer {customer}."),)
                )
            member = Member.join(
                MemberId(self.new_id()),
                email=command.email,
                name=command.name,
                role=command.role,
                customer_id=customer,
                password_hash=password_hash,
                at=self.clock.now(),
            )
            work.members.save(member)
            return await work.commit(member)
