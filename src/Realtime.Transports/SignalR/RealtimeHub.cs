using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;

namespace Realtime.Transports.SignalR;

/// <summary>The hub at <c>/hub</c>: the same session as every push transport, called by SignalR's clients.</summary>
internal sealed class RealtimeHub(SessionRegistry sessions, Publisher publisher, PublishParser parser, DeliveryOptions options) : Hub
{
    private Session Session => Context.Features.Get<HubSession>()!.Session;

    private Caller Caller => Context.Features.Get<HubSession>()!.Caller;

    public override Task OnConnectedAsync()
    {
        var caller = Context.Features.Get<IHttpContextFeature>()!.HttpContext!.Features.Get<Caller>()!;
        var session = sessions.Open(Context.Features.Get<HubTransportConnection>()!, caller.User, caller.ExpiresAt);
        Context.Features.Set(new HubSession(session, caller));
        return Task.CompletedTask;
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        await Session.DetachAsync();
        Context.Features.Get<HubTransportConnection>()!.Dispose();
    }

    public async Task<Dictionary<string, string>> Subscribe(string[] channels, string? cursor)
    {
        var applied = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var names = ReadRequest.ParseChannels(channels ?? [], Caller, options);
        if (!await Session.SubscribeAsync(names, ReadRequest.ParseStart(cursor), after => applied.SetResult(after.ToString()), Context.ConnectionAborted))
            throw ReadRequest.TooManyChannels(options);
        return await CursorAsync(applied.Task);
    }

    public Task<Dictionary<string, string>> Unsubscribe(string[] channels)
    {
        var applied = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Session.Unsubscribe(ReadRequest.ParseChannels(channels ?? [], Caller, options), after => applied.SetResult(after.ToString()));
        return CursorAsync(applied.Task);
    }

    public async Task<Dictionary<string, object>> Publish(string channel, JsonElement body)
    {
        var request = parser.Message(Caller, PublishParser.Channel("channel", channel), body);
        var result = await publisher.PublishAsync(request);
        if (PublishAnswer.ProblemOf(request, result) is { } problem)
            throw new ProblemException(problem);
        var message = result.Message!;
        return new Dictionary<string, object>
        {
            ["channel"] = message.Channel.Value,
            ["epoch"] = result.Epoch.ToString(),
            ["offset"] = message.Offset,
            ["id"] = message.Id,
            ["time"] = MessageTime.ToText(message.Time),
        };
    }

    public void Signal(string channel, JsonElement body) =>
        publisher.Signal(parser.Signal(Caller, PublishParser.Channel("channel", channel), body));

    private async Task<Dictionary<string, string>> CursorAsync(Task<string> applied) =>
        new() { ["cursor"] = await applied.WaitAsync(Context.ConnectionAborted) };
}

/// <summary>What belongs to one hub connection; the hub itself is made anew for every call.</summary>
internal sealed record HubSession(Session Session, Caller Caller);
