#!/usr/bin/env perl
# A payment terminal of another make: it speaks eConduit Direct, in one file of core Perl.
#
# There is one line to the cloud and at most one transaction. The line goes
#
#     down -> connecting -> registering -> online -> down -> ...
#
# and a transaction lives beside it, so that a cut line never stops a payment. Whatever waits is a
# named timer; the only call that can block is the look-up of a host name, made while the line is down.
#
# Standard output carries JSON lines: what the screen shows and which charges were made.
use 5.014;
use strict;
use warnings;

use Getopt::Long qw(GetOptions);
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use List::Util qw(max min);
use Socket qw(IPPROTO_TCP SO_ERROR TCP_NODELAY);
use Time::HiRes qw(CLOCK_MONOTONIC clock_gettime);

use constant {
    END_OF_MESSAGE => "\x04\x04",
    REGISTERED     => 'OK-REGISTRATION',
    INPUT_LIMIT    => 1 << 20,             # bytes kept while no message ends
    READ_SIZE      => 1 << 16,
};

# Seconds, before --scale divides them.
use constant {
    CONNECT_WAIT => 10,
    ANSWER_WAIT  => 15,
    ACK_WAIT     => 20,
    PROCESSING   => 2,
    SILENCE      => 1,    # ends a message that came without its terminator
    GOOD_LINE    => 1,    # a line that lived for less is not redialled at once
};
use constant LEAST_SILENCE => 0.1;    # the gaps of a network do not shrink with --scale
my @BACK_OFF = (1, 2, 4, 8, 16, 30);

my %FIRST     = map { $_ => 1 } qw(Sale Refund Auth);
my %COMMAND   = map { $_ => 1 } keys %FIRST, qw(Capture Void TipAdjust),
    qw(GiftActivate GiftSale GiftRefund GiftAddValue GiftBalance);
my %NO_AMOUNT = map { $_ => 1 } qw(Capture Void GiftBalance);    # may come without one

my %RESULT_OF = ('1.05' => 'Declined', '1.06' => 'Cancelled', '1.07' => 'Error');    # by amount

my %option = (scale => 1);
GetOptions(\%option, 'primary=s', 'secondary=s', 'id=s', 'heartbeat=f', 'scale=f', 'acks=s', 'flash=s')
    && 5 == grep({ defined $option{$_} } qw(primary secondary id heartbeat acks))
    && 2 == grep({ /\A.+:[0-9]+\z/ } @option{qw(primary secondary)})
    && $option{acks} =~ /\A(?:true|false)\z/
    && $option{heartbeat} > 0
    && $option{scale} > 0
    or die "usage: $0 --primary HOST:PORT --secondary HOST:PORT --id TERMINALID"
    . " --heartbeat SECONDS --acks true|false [--scale N] [--flash FILE]\n";

my $JSON   = JSON::PP->new->utf8->canonical->allow_nonref;
my %line   = (state => 'down');
my %memory = (outcomes => {}, unsent => []);    # survives a power cut when there is a flash file
my %timer;                                      # name => [due, code]
my @round;                                      # endpoints still to be tried before backing off
my $failures = 0;                               # rounds that failed since the last registration
my $running;                                    # the transaction under way: [name, reference, amount]
my $screen = '';                                # the text shown

# ---- Timers ---------------------------------------------------------------------------------

sub now { return clock_gettime(CLOCK_MONOTONIC) }

sub scaled { return $_[0] / $option{scale} }

# Set (or set again) the timer of that name, in wall seconds.
sub after {
    my ($name, $seconds, $code) = @_;
    $timer{$name} = [now() + $seconds, $code];
}

sub cancel { delete @timer{@_} }

sub fire_due_timers {
    for my $name (sort { $timer{$a}[0] <=> $timer{$b}[0] } keys %timer) {
        # An earlier one may have cancelled this one, or set it anew.
        next if !$timer{$name} || $timer{$name}[0] > now();
        my (undef, $code) = @{ delete $timer{$name} };
        $code->();
    }
}

sub seconds_to_next_timer {
    return max(0, min(map { $_->[0] } values %timer) - now());
}

# ---- What people see ------------------------------------------------------------------------

sub note { print {*STDERR} "terminal: @_\n" }

sub report {
    my ($fact) = @_;
    print $JSON->encode($fact), "\n" or exit 1;    # nobody is left to read it
}

sub show_screen {
    my ($text, $colour)
        = $running                 ? ('PLEASE WAIT', 'white')
        : $line{state} eq 'online' ? ('POS Online',  'white')
        :                            ('POS Offline', 'red');
    report({ screen => { text => $text, colour => $colour } }) if $text ne $screen;
    $screen = $text;
}

# ---- Memory ---------------------------------------------------------------------------------

sub load_memory {
    return if !defined $option{flash} || !-s $option{flash};
    open my $file, '<:raw', $option{flash} or die "cannot read $option{flash}: $!\n";
    %memory = %{ $JSON->decode(do { local $/; <$file> }) };
}

# The new file replaces the old one in one step, so a kill leaves either of them whole.
sub save_memory {
    my $path = $option{flash} // return;
    open my $file, '>:raw', "$path.new" or die "cannot write $path.new: $!\n";
    print {$file} $JSON->encode(\%memory) and close $file
        or die "cannot write $path.new: $!\n";
    rename "$path.new", $path or die "cannot replace $path: $!\n";
}

# First transactions share one space of references; follow-ups reuse the reference of their original.
# Outcomes are kept for as long as the batch is open, and nothing closes the batch here.
sub outcome_key {
    my ($name, $reference) = @_;
    return ($FIRST{$name} ? 'First' : $name) . " $reference";
}

# ---- The line -------------------------------------------------------------------------------

sub new_round {
    my ($delay) = @_;
    @round = @option{qw(primary secondary)};
    after('dial', $delay, \&dial);
}

sub dial {
    my $endpoint = shift @round;
    my ($host, $port) = $endpoint =~ /\A(.+):([0-9]+)\z/;
    note("dialling $endpoint");
    my $sock = IO::Socket::INET->new(PeerHost => $host, PeerPort => $port, Proto => 'tcp', Blocking => 0);
    my $why = $@ || $!;
    %line = (state => 'connecting', sock => $sock, in => '', out => '');
    return lose_line($why) if !$sock;
    after('connect', scaled(CONNECT_WAIT), sub { lose_line('no connection in time') });
}

sub finish_connecting {
    cancel('connect');
    my $error = $line{sock}->sockopt(SO_ERROR);
    return lose_line(do { local $! = $error; "$!" }) if $error;
    $line{sock}->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    return register();
}

# Close the line, whatever its state, and arrange the next attempt.
sub lose_line {
    my ($why) = @_;
    note("line lost while $line{state}: $why");
    my %old = %line;
    %line = (state => 'down');
    close $old{sock} if $old{sock};
    cancel(qw(connect answer silence heartbeat ack));
    show_screen();
    if ($old{state} eq 'online') {
        new_round(now() - $old{since} < scaled(GOOD_LINE) ? scaled($BACK_OFF[0]) : 0);
    }
    elsif (@round) {
        after('dial', 0, \&dial);
    }
    else {
        new_round(scaled($BACK_OFF[min($failures++, $#BACK_OFF)]));
    }
}

sub serve_line {
    my ($wait) = @_;
    my $sock   = $line{sock};
    my ($in, $out) = (IO::Select->new, IO::Select->new);
    $in->add($sock)  if $sock && $line{state} ne 'connecting';
    $out->add($sock) if $sock && ($line{state} eq 'connecting' || length $line{out});
    my ($readable, $writable) = IO::Select->select($in, $out, undef, $wait);
    if ($writable && @$writable) {
        $line{state} eq 'connecting' ? finish_connecting() : write_line();
    }
    read_line() if $readable && @$readable && $line{sock};
}

# Messages are queued whole, so nothing can land inside one. The line may be gone on return.
sub send_body {
    my ($body) = @_;
    $line{out} .= $body . END_OF_MESSAGE;
    return write_line();
}

sub write_line {
    while (length $line{out}) {
        my $count = syswrite $line{sock}, $line{out};
        return if !defined $count && ($!{EAGAIN} || $!{EINTR});
        return lose_line($!) if !defined $count;
        substr $line{out}, 0, $count, '';
    }
    # Every unsent response was queued before this point, so all of them are out now.
    if ($line{state} eq 'online' && @{ $memory{unsent} }) {
        $memory{unsent} = [];
        save_memory();
    }
}

sub read_line {
    my $count = sysread $line{sock}, $line{in}, READ_SIZE, length $line{in};
    return if !defined $count && ($!{EAGAIN} || $!{EINTR});
    return lose_line($!) if !defined $count;
    if ($count == 0) {
        take_unterminated() if $line{state} eq 'registering';    # the close may be its only end mark
        lose_line('closed by the cloud') if $line{sock};
        return;
    }
    while ($line{sock} && (my $end = index $line{in}, END_OF_MESSAGE) >= 0) {
        my $body = substr $line{in}, 0, $end + length END_OF_MESSAGE, '';
        take_body(substr $body, 0, $end);
    }
    return if !$line{sock};
    $line{in} = '' if length $line{in} > INPUT_LIMIT;
    cancel('silence');
    after('silence', max(LEAST_SILENCE, scaled(SILENCE)), \&take_unterminated) if length $line{in};
}

# The sheet leaves open whether the cloud ends its messages: after a silence, take what is complete.
sub take_unterminated {
    my $body = $line{in};
    if ($line{state} eq 'registering') {
        $body =~ s/\r\n?\z//;
        return if $body =~ /\x04\z/;                                      # half a terminator
        return if $body ne REGISTERED && 0 == index REGISTERED, $body;    # half an answer
    }
    else {
        return if ref(eval { $JSON->decode($body) }) ne 'HASH';    # half a command, or noise
    }
    $line{in} = '';
    return take_body($body);
}

sub take_body {
    my ($body) = @_;
    return take_answer($body) if $line{state} eq 'registering';
    my $message = eval { $JSON->decode($body) };
    return take_message($message) if ref $message eq 'HASH';
    note('ignored a malformed message of ' . length($body) . ' bytes') if length $body;
    refuse($1, 'MALFORMED COMMAND') if $body =~ /"RefID"\s*:\s*"([ !#-\[\]-~]+)"/;
}

# ---- Registration and heartbeat -------------------------------------------------------------

# A JSON object with every name and value quoted, in the order given.
sub object {
    my @pairs;
    while (my ($name, $value) = splice @_, 0, 2) {
        push @pairs, $JSON->encode("$name") . ':' . $JSON->encode("$value");
    }
    return '{' . join(',', @pairs) . '}';
}

sub register {
    $line{state} = 'registering';
    after('answer', scaled(ANSWER_WAIT), sub { lose_line('no answer to the registration') });
    return send_body(
        object(
            Command         => 'Register',
            TerminalType    => 'AcmePay',
            TerminalModel   => 'Camel-5',
            TerminalID      => $option{id},
            SoftwareVersion => 'AcmePay Camel v1.0',
            AckHeartbeat    => $option{acks},
        )
    );
}

sub take_answer {
    my ($answer) = @_;
    # An answer without terminator may have the first command on its heels.
    my $command = $answer =~ s/\A${\REGISTERED}\K(?:\r\n)?(\{.*)\z//s ? $1 : undef;
    if ($answer ne REGISTERED) {
        @round = ();    # the cloud was reached and said no: the other endpoint would say the same
        return lose_line("registration refused with '" . substr($answer, 0, 80) . "'");
    }
    cancel('answer');
    $failures = 0;
    @line{qw(state since)} = ('online', now());
    note('registered');
    show_screen();
    restart_heartbeat();
    send_body(join END_OF_MESSAGE, @{ $memory{unsent} }) if @{ $memory{unsent} };
    take_body($command) if defined $command && $line{sock};
}

sub restart_heartbeat {
    after('heartbeat', $option{heartbeat}, \&beat) if $line{state} eq 'online' && !$running;
}

sub beat {
    restart_heartbeat();
    if ($option{acks} eq 'true' && !$timer{ack}) {
        after('ack', scaled(ACK_WAIT), sub { lose_line('no heartbeat ack') });
    }
    return send_body(object(Command => 'Heartbeat'));
}

# ---- Transactions ---------------------------------------------------------------------------

sub take_message {
    my ($message) = @_;
    my ($status, $name, $reference, $amount)
        = map { defined && !ref ? "$_" : '' } @{$message}{qw(Status Command RefID Amount)};
    return cancel('ack') if $status eq 'OK' && $name eq '';
    return note('ignored a message without RefID') if $reference eq '';
    return refuse($reference, 'UNKNOWN COMMAND', $name) if !$COMMAND{$name};
    $amount = '0.00' if $amount eq '' && $NO_AMOUNT{$name};
    return refuse($reference, 'BAD AMOUNT', $name) if $amount !~ /\A[0-9]+\.[0-9]{1,2}\z/;
    return send_body(response($name, $reference, $amount, 'Busy', 'TERMINAL BUSY')) if $running;

    if (my $outcome = $memory{outcomes}{ outcome_key($name, $reference) }) {
        return refuse($reference, 'DUPLICATE TRANSACTION', $name) if $outcome->{command} ne $name;
        return send_body($outcome->{response});
    }
    $running = [$name, $reference, $amount];
    cancel('heartbeat');
    after('outcome', scaled(PROCESSING), \&finish_transaction);
    show_screen();
}

# Written to memory before anything is told to anybody: what was charged is never forgotten.
sub finish_transaction {
    my ($name, $reference, $amount) = @$running;
    undef $running;
    my $result   = $RESULT_OF{$amount} // 'Approved';
    my $auth     = $result eq 'Approved' ? sprintf('A%05d', 1 + keys %{ $memory{outcomes} }) : '';
    my $text     = $result eq 'Approved' ? 'APPROVAL' : uc $result;
    my $response = response($name, $reference, $amount, $result, $text, $auth);
    $memory{outcomes}{ outcome_key($name, $reference) } = { command => $name, response => $response };
    push @{ $memory{unsent} }, $response;
    save_memory();
    report({ journal => { reference => $reference, charge => $auth } }) if $auth ne '' && $FIRST{$name};
    show_screen();
    restart_heartbeat();
    send_body($response) if $line{state} eq 'online';
}

sub refuse {
    my ($reference, $text, $name) = @_;
    return send_body(response($name // '', $reference, '', 'Error', $text));
}

sub response {
    my ($name, $reference, $amount, $result, $text, $auth) = @_;
    my $card_read = $result eq 'Approved' || $result eq 'Declined';
    my $gift      = $name =~ /\AGift/;
    return object(
        TerminalID   => $option{id},
        ResultCode   => $result,
        AuthCode     => $auth // '',
        TransType    => $name,
        Amount       => $amount,
        AmountString => $amount,
        CardType     => !$card_read ? '' : $gift ? 'Gift' : 'Visa',
        Last4        => $card_read ? '4242' : '',
        Message      => $text,
        RefID        => $reference,
        EntryMethod  => !$card_read ? '' : $gift ? 'Swipe' : 'Chip',
    );
}

# ---- The start ------------------------------------------------------------------------------

$SIG{TERM} = $SIG{INT} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
STDOUT->autoflush(1);

load_memory();
show_screen();
new_round(0);
while (1) {
    fire_due_timers();
    serve_line(seconds_to_next_timer());
}
