using Microsoft.Extensions.Options;

namespace Realtime.Backbones.RabbitMq.Internal;

internal sealed class RabbitMqOptionsValidator : IValidateOptions<RabbitMqOptions>
{
    /// <summary>AMQP's bound for names.</summary>
    private const int MaxNameBytes = 255;

    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    public ValidateOptionsResult Validate(string? name, RabbitMqOptions options)
    {
        var refusals = new ValidateOptionsResultBuilder();
        if (BrokerAddress.Parse(options.ConnectionString, out _) is { } refusal)
            refusals.AddError(refusal);
        if (options.Prefetch is < 0 or > ushort.MaxValue)
            refusals.AddError($"Realtime:Backbone:Prefetch is {options.Prefetch}: it has to be from 0 to {ushort.MaxValue}.");
        if (options.FanoutPrefetch is < 1 or > 1_000)
            refusals.AddError($"Realtime:Backbone:FanoutPrefetch is {options.FanoutPrefetch}: it has to be from 1 to 1000.");
        if (options.Overflow is not (RabbitMqOptions.DropAndHeal or RabbitMqOptions.RejectPublish))
            refusals.AddError($"Realtime:Backbone:Overflow is '{options.Overflow}': it has to be drop-and-heal or reject-publish.");
        AddName(refusals, "Exchange", options.Exchange);
        AddName(refusals, "Stream", options.Stream);
        if (options.NodeName is { } node)
            AddName(refusals, "NodeName", node);
        if (options.QueueLimit is < 1 or > 10_000_000)
            refusals.AddError($"Realtime:Backbone:QueueLimit is {options.QueueLimit}: it has to be from 1 to 10000000.");
        if (options.QueueLimitBytes < 1 << 16)
            refusals.AddError($"Realtime:Backbone:QueueLimitBytes is {options.QueueLimitBytes}: it has to be 65536 or more.");
        if (options.StreamMaxBytes < 1_000_000)
            refusals.AddError($"Realtime:Backbone:StreamMaxBytes is {options.StreamMaxBytes}: it has to be 1000000 or more.");
        AddTime(refusals, "QueueExpiry", options.QueueExpiry, OneSecond, TimeSpan.FromDays(1));
        AddTime(refusals, "StreamMaxAge", options.StreamMaxAge, OneSecond, TimeSpan.FromDays(365));
        AddTime(refusals, "MaxReplayAge", options.MaxReplayAge, TimeSpan.Zero, TimeSpan.FromDays(365));
        AddTime(refusals, "Heartbeat", options.Heartbeat, OneSecond, TimeSpan.FromMinutes(1));
        AddTime(refusals, "ConfirmTimeout", options.ConfirmTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        if (options.OffsetPath is { } path && string.IsNullOrWhiteSpace(path))
            refusals.AddError("Realtime:Backbone:OffsetPath is empty: it has to name a file, or be left out.");
        return refusals.Build();
    }

    /// <exception cref="RealtimeException">A setting is wrong.</exception>
    internal static void ThrowIfWrong(RabbitMqOptions options)
    {
        var result = new RabbitMqOptionsValidator().Validate(null, options);
        if (result.Failed)
            throw new RealtimeException(string.Join(' ', result.Failures), isTransient: false);
    }

    private static void AddName(ValidateOptionsResultBuilder refusals, string setting, string value)
    {
        if (string.IsNullOrWhiteSpace(value) || System.Text.Encoding.UTF8.GetByteCount(value) > MaxNameBytes - NodeQueue.Prefix.Length)
            refusals.AddError($"Realtime:Backbone:{setting} is '{value}': it has to be a name of 1 to {MaxNameBytes - NodeQueue.Prefix.Length} bytes.");
    }

    private static void AddTime(ValidateOptionsResultBuilder refusals, string setting, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            refusals.AddError($"Realtime:Backbone:{setting} is {value}: it has to be from {least} to {most}.");
    }
}
