using System.Net.Sockets;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Says in a sentence what went wrong with the broker.</summary>
internal static class BrokerErrors
{
    /// <summary>Whether it means that a channel or its connection can't be used any more.</summary>
    internal static bool IsBroken(Exception exception) =>
        exception is RabbitMQClientException or IOException or SocketException or ObjectDisposedException or ChannelClosedException;

    /// <summary>Whether the broker refuses what exists in another shape, or what is in use.</summary>
    internal static bool IsRefusal(OperationInterruptedException exception, ushort code) => exception.ShutdownReason?.ReplyCode == code;

    /// <returns>What it means, and whether somebody has to change something before it can work.</returns>
    internal static (string Detail, bool NeedsOperator) Describe(Exception exception, BrokerAddress address)
    {
        var (detail, needsOperator) = Explain(exception, address);
        return (AsSentence(detail), needsOperator);
    }

    internal static string Describe(ShutdownEventArgs reason) => AsSentence(reason.Initiator switch
    {
        ShutdownInitiator.Peer => $"RabbitMQ ended the connection: {reason.ReplyText}",
        ShutdownInitiator.Library when reason.Exception is { } exception => $"The connection to RabbitMQ broke: {Innermost(exception).Message}",
        _ => $"The connection to RabbitMQ ended: {reason.ReplyText}",
    });

    private static (string Detail, bool NeedsOperator) Explain(Exception exception, BrokerAddress address)
    {
        if (Find<RealtimeException>(exception) is { } own)
            return (own.Message, !own.IsTransient);
        if (Find<AuthenticationFailureException>(exception) is not null || Find<PossibleAuthenticationFailureException>(exception) is not null)
            return ($"RabbitMQ refuses the user '{address.User}' or its password ({address}).", true);
        if (Find<OperationInterruptedException>(exception)?.ShutdownReason is { Initiator: ShutdownInitiator.Peer } reason)
        {
            return reason.ReplyCode switch
            {
                Constants.NotAllowed => ($"RabbitMQ refuses the virtual host '{address.VirtualHost}' to the user '{address.User}': {reason.ReplyText}", true),
                Constants.AccessRefused => ($"RabbitMQ refuses to do what the user '{address.User}' asks for: {reason.ReplyText}", true),
                _ => (Describe(reason), false),
            };
        }

        if (exception is BrokerUnreachableException)
            return ($"RabbitMQ can't be reached at {address}: {Innermost(exception).Message}", false);
        if (exception is OperationCanceledException or TimeoutException)
            return ($"RabbitMQ does not answer ({address}).", false);
        return ($"The connection to RabbitMQ failed: {Innermost(exception).Message}", false);
    }

    /// <summary>The broker's and the system's words end with or without a full stop.</summary>
    private static string AsSentence(string text) => text.TrimEnd() is var trimmed && trimmed.EndsWith('.') ? trimmed : trimmed + ".";

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception;
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
                return found;
            // One for each address that was tried; they are in this together.
            if (exception is AggregateException aggregate && aggregate.InnerExceptions.Select(Find<T>).FirstOrDefault(inner => inner is not null) is { } any)
                return any;
        }

        return null;
    }
}
